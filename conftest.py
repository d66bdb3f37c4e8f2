pytest_plugins = [
    "fixtures.author_results",
    "fixtures.device",
    "fixtures.effort",
    "fixtures.randomness",
    "fixtures.shared",
    "fixtures.threads",
]
