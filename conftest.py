pytest_plugins = [
    "fixtures.author_results",
    "fixtures.corpora",
    "fixtures.device",
    "fixtures.effort",
    "fixtures.dense",
    "fixtures.garbage",
    "fixtures.models",
    "fixtures.randomness",
    "fixtures.shared",
    "fixtures.threads",
    "fixtures.experiments",  # after those that it imports: pytest rewrites the asserts of what is not yet imported
]
