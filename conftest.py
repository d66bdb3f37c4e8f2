pytest_plugins = ["reports.plugin"]
