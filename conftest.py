pytest_plugins = ["reports.plugin", "fixtures.randomness", "fixtures.threads", "pytester"]
