pytest_plugins = ["fixtures.device", "fixtures.effort", "fixtures.randomness", "fixtures.threads"]
