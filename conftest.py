pytest_plugins = [
    "fixtures.author_results",
    "fixtures.corpora",
    "fixtures.device",
    "fixtures.effort",
    "fixtures.models",
    "fixtures.experiments",  # which imports the one before
    "fixtures.randomness",
    "fixtures.shared",
    "fixtures.threads",
]
