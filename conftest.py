pytest_plugins = ["fixtures.randomness", "fixtures.threads"]
