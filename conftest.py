pytest_plugins = ["fixtures.device", "fixtures.effort", "fixtures.randomness", "fixtures.shared", "fixtures.threads"]
