"""What the house is made of: ORM modules, route lists, task modules; nothing else."""

from importlib import import_module

from advocacy import db, settings

db.MODELS["campaigns"] = {
    "models": [
        "campaigns.models",
        "campaigns.editions.models",
        "campaigns.actions.models",
        "campaigns.mailings.models",
    ],
    "default_connection": "default",
    "migrations": "campaigns.migrations",
}
TASKS: tuple[str, ...] = ()

TORTOISE_ORM = db.config(settings.current().database_url)


def load_tasks() -> None:
    """Imports every module that registers tasks or periodic jobs."""
    for name in TASKS:
        import_module(name)
