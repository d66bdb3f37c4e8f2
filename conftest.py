pytest_plugins = [
    "fixtures.author_results",
    "fixtures.device",
    "fixtures.effort",
    "fixtures.experiments",
    "fixtures.models",
    "fixtures.randomness",
    "fixtures.shared",
    "fixtures.threads",
]
