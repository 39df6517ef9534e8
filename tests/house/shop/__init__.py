"""A tiny app with a history of migrations, to prove what a migration may not lose."""
