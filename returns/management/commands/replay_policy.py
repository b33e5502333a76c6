"""What a return policy would have changed over real orders and returns."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.lib.money import Money
from returns.models import Policy
from returns.policy.base import Body
from returns.policy.reading import BadPolicy
from returns.services.policies import body_of, draft_of, has_draft, newest_of
from returns.services.replay import Changes, replay


class Command(BaseCommand):
    """`manage.py replay_policy STORE [--version N | --draft] [--days 90]`."""

    help = (
        "Judge the orders and returns of the last days as they were and by another version of the store's "
        "policy: who would have been decided otherwise, and what that would have cost. Writes nothing."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let our --version stand in for Django's, which prints Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("policy", metavar="STORE", help="slug of the store whose policy it is")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--version", dest="number", type=int, metavar="N", help="version N of the policy")
        which.add_argument("--draft", action="store_true", help="the draft (default where there is one)")
        parser.add_argument("--days", type=int, default=90, metavar="N", help="how far back (default 90)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report. Raises CommandError for what does not exist."""
        policy = Policy.objects.select_related("store").filter(store__slug=options["policy"]).first()
        if policy is None:
            raise CommandError(f"There is no policy of a store {options['policy']!r}.")
        if not 1 <= options["days"] <= 3650:
            raise CommandError("--days needs a number from 1 to 3650.")
        try:
            name, body = self._body(policy, options)
        except BadPolicy as exc:
            raise CommandError(str(exc)) from exc
        found = replay(policy.store, body, days=options["days"], at=timezone.now(), progress=self._progress)
        self.stdout.write(f"{policy.store}, {name}, over the last {options['days']} days")
        for line in words(found):
            self.stdout.write(line)

    def _body(self, policy: Policy, options: dict[str, Any]) -> tuple[str, Body]:
        if options["number"] is not None:
            version = policy.versions.filter(number=options["number"]).first()
            if version is None:
                raise CommandError(f"There is no version {options['number']} of this policy.")
            return f"version {version.number}", body_of(version)
        if options["draft"] and not has_draft(policy):
            raise CommandError("There is no draft of this policy.")
        if has_draft(policy):
            return "the draft", draft_of(policy)
        newest = newest_of(policy)
        return f"version {newest.number}" if newest else "the house's default", body_of(newest)

    def _progress(self, done: int, whole: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done:,} of {whole:,}", ending="" if done < whole else "\n")


def words(found: Changes) -> list[str]:
    """Return the report as lines of text."""
    lines = [
        "",
        f"{found.returns:,} returns of {found.units:,} pieces: {found.changed_units:,} pieces otherwise",
        f"  taken back that were refused    {found.let_in:>8,}",
        f"  refused that were taken back    {found.refused:>8,}",
        f"  another fee                     {found.fees:>8,}",
        f"  kept by the shopper, or sent    {found.kept:>8,}",
        f"  another bonus                   {found.bonuses:>8,}",
        "",
        f"{found.orders:,} orders: {found.changed_orders:,} otherwise",
        f"  a longer window                 {found.longer:>8,}",
        f"  a shorter window                {found.shorter:>8,}",
        f"  something may come back now     {found.orders_let_in:>8,}",
        f"  something may not any more      {found.orders_refused:>8,}",
    ]
    for currency, total in sorted(found.totals.items()):
        lines += [
            "",
            f"What it would have cost ({currency}; below 0: saved)",
            f"  fees not taken                  {_sum(total.fees, currency):>12}",
            f"  bonus given                     {_sum(total.bonus, currency):>12}",
            f"  worth newly taken back          {_sum(total.let_in, currency):>12}",
            f"  worth newly refused             {_sum(-total.refused, currency):>12}",
            f"  worth newly kept by shoppers    {_sum(total.kept, currency):>12}",
            f"  all together                    {_sum(total.cost, currency):>12}",
        ]
    if found.rules:
        lines += ["", "By rule"]
        for one in sorted(found.rules.values(), key=lambda one: -one.units):
            sums = ", ".join(_sum(minor, currency) for currency, minor in sorted(one.costs.items()))
            lines.append(f"  {one.name[:30]:<30}  {one.units:>8,} pieces  {sums}")
    if found.examples:
        lines += ["", "For example", *(f"  {one.number}  {one.words}" for one in found.examples)]
    return lines


def _sum(minor: int, currency: str) -> str:
    return Money(minor, currency).format()
