"""A folder to the model: functions, assets, variables, settings. For whoever serves, deploys or imports a project."""
