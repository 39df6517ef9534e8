"""What the house is made of: ORM modules, route lists, task modules; nothing else."""

from importlib import import_module

from starlette.routing import BaseRoute

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
TASKS: tuple[str, ...] = (
    "advocacy.audit.tasks",
    "advocacy.team.tasks",
    "advocacy.gate.tasks",
    "advocacy.identity.tasks",
    "advocacy.factors.tasks",
    "advocacy.openid.tasks",
    "advocacy.members.tasks",
    "advocacy.roster.tasks",
    "advocacy.rolls.tasks",
    "advocacy.rights.tasks",
    "campaigns.tasks",
    "campaigns.actions.tasks",
    "campaigns.mailings.tasks",
)
# What each slice holds about a person: for copies, erasures and merges, in every process.
TIES: tuple[str, ...] = (
    "advocacy.roster.ties",
    "advocacy.segments.ties",
    "advocacy.rolls.ties",
    "advocacy.duplicates.ties",
    "advocacy.rights.ties",
    "campaigns.actions.doubling",
    "campaigns.actions.ties",
    "campaigns.mailings.ties",
    "advocacy.members.holdings",
)
# What segments can ask about beside persons and their belonging, in this order.
QUESTIONS: tuple[str, ...] = ("campaigns.actions.asking", "campaigns.mailings.asking")
# The busiest first: routes are tried in this order.
ROUTES: tuple[str, ...] = (
    "campaigns.actions.routes",
    "advocacy.members.routes",
    "advocacy.openid.routes",
    "advocacy.factors.door.routes",
    "advocacy.identity.routes",
    "advocacy.factors.routes",
    "advocacy.chapters.routes",
    "advocacy.duplicates.routes",
    "advocacy.preferences.routes",
    "advocacy.rights.routes",
    "advocacy.rights.desk.routes",
    "advocacy.members.caring.routes",
    "advocacy.gate.routes",
    "advocacy.roster.routes",
    "advocacy.roster.card.routes",
    "advocacy.roster.labels.routes",
    "advocacy.rolls.routes",
    "advocacy.audit.routes",
    "advocacy.team.routes",
    "advocacy.segments.routes",
    "campaigns.reach.routes",
    "campaigns.mailings.routes",
    "campaigns.mailings.composer.routes",
    "campaigns.mailings.running.routes",
    "campaigns.mailings.returning.routes",
    "campaigns.backstage.routes",
    "campaigns.front.routes",
    "campaigns.workbench.routes",
    "campaigns.stage.routes",
)
TORTOISE_ORM = db.config(settings.current().database_url)


def load_tasks() -> None:
    """Imports every module that registers tasks, periodic jobs, ties to persons or questions."""
    for name in (*TIES, *QUESTIONS, *TASKS):
        import_module(name)


def all_routes() -> list[BaseRoute]:
    """The routes of every slice, in order."""
    found: list[BaseRoute] = []
    for name in ROUTES:
        found.extend(import_module(name).routes)
    return found
