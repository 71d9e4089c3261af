"""The lines of a box, from its facts: which sentence of the catalogue says what is true."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evosearch.evidence.looks import MAX_LOOKS, alpha
from evosearch.report.box_facts import BoxFacts
from evosearch.report.sentences import (
    count,
    name_check,
    name_label,
    say,
    show_decimal,
    show_integer,
    show_percent,
    show_small,
    show_value,
)

# From so many looks on, a hold-out is nearly used up.
_MANY_LOOKS = 5
# Paper trading for a thousand years is none.
_LONGEST_YEARS, _USUAL_YEAR = 1_000, 365.0
# Why nothing can be said, the first that is so.
_REASONS = ("no_sharpe", "infeasible", "hold_unknown", "no_sharpe_unseen")
# Of these, those that speak of days.
_OF_DAYS = ("no_sharpe", "no_sharpe_unseen")

Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Writer:
    """Fills in the sentences for some facts; `left_out` names what there is no room for."""

    facts: BoxFacts
    language: str
    left_out: tuple[str, ...] = ()

    def list_lines(self) -> Lines:
        """All lines as (label, text)."""
        facts = self.facts
        is_judged = facts.state in ("judged", "not_tested")
        found = {
            "verdict": "" if facts.state == "no_evidence" else self.describe_verdict(),
            "trials": "" if facts.state == "no_rows" else self._describe_trials(),
            "best": self._describe_best() if facts.state == "no_evidence" else "",
            "noise": self._describe_noise() if facts.state == "no_evidence" else "",
            "luck": self._describe_luck() if is_judged and "luck" not in self.left_out else "",
            "history": self._describe_history() if is_judged else "",
            "hold": self._describe_hold() if is_judged else "",
            "holdout": self._describe_holdout(),
            "audit": self._describe_audit(),
            "next": facts.next_command,
        }
        return [(name_label(key, self.language), text) for key, text in found.items() if text]

    def describe_verdict(self) -> str:
        """The verdict in one sentence."""
        facts, verdict = self.facts, self.facts.verdict
        if facts.state != "judged":
            return self._say(f"verdict.{facts.state}")
        if verdict is None:
            return self._say("verdict.unknown", why=self._say("why.other"))
        if verdict.name == "unknown":
            known = [key for key in _REASONS if key in verdict.why]
            reason = known[0] if known else "other"
            # Of a user's problem an audit has no bars to compute it from.
            is_own = reason == "hold_unknown" and facts.is_deterministic is None
            is_of_bars = reason in _OF_DAYS and facts.unit != "day"
            key = f"why.{reason}{'_own' * is_own}{'_bars' * is_of_bars}"
            return self._say("verdict.unknown", why=self._say(key))
        if verdict.name == "loses":
            return self._describe_loss()
        if verdict.name == "paper":
            days = verdict.days_to_paper
            year = _USUAL_YEAR if facts.unit == "day" else facts.days_per_year or _USUAL_YEAR
            if days is None or not days <= _LONGEST_YEARS * year:
                return self._say("verdict.paper_never")
            return self._say(
                "verdict.paper", days=count(self.facts.unit, math.ceil(days), self.language)
            )
        if verdict.name == "too_short":
            years, n = verdict.years_needed, self._integer(verdict.n)
            if years is None or not math.isfinite(years):
                return self._say("verdict.too_short_never", n=n)
            return self._say("verdict.too_short", n=n, years=self._decimal(years))
        if verdict.name == "luck":
            return self._describe_luck_verdict()
        if verdict.name == "fragile":
            return self._say("verdict.fragile", which=self._name_failed())
        return self._say(f"verdict.{verdict.name}")

    def _describe_loss(self) -> str:
        part = self.facts.searched
        loss = None if part is None else part.return_frac
        if loss is None or loss >= 0:
            return self._say("verdict.loses_nothing")
        shown = show_percent(-loss, self.language)
        if self._n_days is None:
            return self._say("verdict.loses_undated", loss=shown)
        days = count(self.facts.unit, self._n_days, self.language)
        return self._say("verdict.loses", loss=shown, days=days)

    def _describe_luck_verdict(self) -> str:
        verdict, audit = self.facts.verdict, self.facts.audit
        if audit is not None and audit.p_surrogate is not None and audit.p_surrogate > 0.05:
            return self._say(
                "verdict.luck_surrogates", p=show_small(audit.p_surrogate, self.language)
            )
        luck = self._annual(None if verdict is None else verdict.luck_daily)
        if verdict is None or luck == "-" or "wide_space" in verdict.why:
            return self._say("verdict.luck_unconfirmed")
        return self._say("verdict.luck", tries=count("try", verdict.n, self.language), luck=luck)

    def _describe_trials(self) -> str:
        facts, language = self.facts, self.language
        profiles = ", ".join(f"{name} {self._integer(n)}" for name, n in facts.by_profile)
        key = "trials." + "bound_" * facts.n_is_bound
        with_profiles = bool(profiles) and "profiles" not in self.left_out
        key += "profiles_" * with_profiles + "days_" * (self._n_days is not None)
        key = key.rstrip("_") if with_profiles or self._n_days is not None else f"{key}plain"
        clauses = [
            self._say(
                key,
                n=self._integer(facts.n_trials),
                machines=count("machine", facts.n_machines, language),
                profiles=profiles,
                days=count(self.facts.unit, self._n_days or 0, language),
            )
        ]
        if facts.n_elsewhere:
            files = count("other_file", facts.n_files_elsewhere, language)
            n = self._integer(facts.n_elsewhere)
            clauses.append(self._say("trials.elsewhere", n=n, files=files))
        if facts.n_before:
            clauses.append(self._say("trials.before", n=self._integer(facts.n_before)))
        if facts.is_older and "older" not in self.left_out:
            clauses.append(self._say("trials.older"))
        if facts.n_behaviours is not None and "behaviours" not in self.left_out:
            clauses.append(self._say("trials.behaviours", n=self._integer(facts.n_behaviours)))
        return "; ".join(clauses)

    def _describe_best(self) -> str:
        facts = self.facts
        value = show_value(facts.best, self.language)
        key = "best.found" if facts.found else "best.plain"
        return self._say(key, objective=facts.objective, value=value, run=facts.found)

    def _describe_noise(self) -> str:
        return self._say("noise.none" if self.facts.is_deterministic else "noise.unknown")

    def _describe_luck(self) -> str:
        facts, verdict = self.facts, self.facts.verdict
        end = "searched" if facts.unseen is None else "both"
        own = self._annual(None if facts.searched is None else facts.searched.sharpe)
        unseen = self._annual(None if facts.unseen is None else facts.unseen.sharpe)
        if verdict is not None and "wide_space" in verdict.why:
            return self._say(f"luck.wide_{end}", own=own, unseen=unseen)
        luck = self._annual(None if verdict is None else verdict.luck_daily)
        if verdict is None or luck == "-":
            return self._say(f"luck.unknown_{end}", own=own, unseen=unseen)
        return self._say(
            f"luck.{end}", n=self._integer(verdict.n), luck=luck, own=own, unseen=unseen
        )

    def _describe_history(self) -> str:
        here, needed = self.facts.years_here, self.facts.years_for_one
        if "history" in self.left_out or not needed:
            return ""
        if here is None:
            shown = self._decimal(needed)
            return self._say("history.needed", needed=shown) if math.isfinite(needed) else ""
        if not math.isfinite(needed):
            return self._say("history.never", here=self._decimal(here))
        return self._say("history.both", here=self._decimal(here), needed=self._decimal(needed))

    def _describe_hold(self) -> str:
        facts, verdict = self.facts, self.facts.verdict
        if "hold" in self.left_out:
            return ""
        if facts.hold is None:
            is_said = verdict is not None and verdict.name == "unknown"
            return "" if is_said and facts.state == "judged" else self._say("hold.unknown")
        exposure = None if facts.searched is None else facts.searched.exposure
        key = "hold.searched" if facts.hold_unseen is None else "hold.both"
        return self._say(
            key if exposure is None else f"{key}_exposure",
            hold=self._annual(facts.hold.sharpe),
            unseen=self._annual(None if facts.hold_unseen is None else facts.hold_unseen.sharpe),
            exposure=show_percent(exposure, self.language, 0),
        )

    def _describe_holdout(self) -> str:
        facts, n = self.facts, self.facts.n_looks
        if facts.state in ("unmerged", "no_rows"):
            return ""
        if n == 0:
            has_none = facts.unseen is None and facts.state in ("judged", "not_tested")
            return self._say("holdout.none") if has_none else ""
        # Without figures there was a look, but no test.
        has_test = facts.verdict is not None and facts.verdict.p_oos is not None
        is_tested = facts.state == "judged" and has_test and "counts" not in self.left_out
        level = f"{show_small(100 * alpha(n), self.language)} %"
        if n > MAX_LOOKS:
            clauses = [self._say("holdout.used_up")]
        elif n >= _MANY_LOOKS:
            clauses = [self._say("holdout.nearly", n=self._integer(n))]
            clauses += [self._say("holdout.counts", alpha=level)] * is_tested
        else:
            looked = count("looked", n, self.language)
            key = "holdout.looked" if is_tested else "holdout.only_looked"
            if facts.days_unseen is None:
                clauses = [self._say(f"{key}_undated", looked=looked, alpha=level)]
            else:
                days = count(facts.unit, facts.days_unseen, self.language)
                clauses = [self._say(key, looked=looked, days=days, alpha=level)]
        if not facts.is_look_recorded:
            clauses.append(self._say("holdout.unrecorded"))
        return "; ".join(clauses)

    def _describe_audit(self) -> str:
        audit = self.facts.audit
        if audit is None or "audit" in self.left_out:
            return ""
        key = "audit.failed" if audit.failed else "audit.passed"
        key = key if audit.is_measured else "audit.others"
        if audit.p_surrogate is None:
            return self._say(f"{key}_only", names=self._name_failed())
        p, n = show_small(audit.p_surrogate, self.language), self._integer(audit.n_surrogates)
        return self._say(key, n=n, p=p, names=self._name_failed())

    def _name_failed(self) -> str:
        failed = () if self.facts.audit is None else self.facts.audit.failed
        return ", ".join(name_check(name, self.language) for name in failed) or "-"

    @property
    def _n_days(self) -> int | None:
        part = self.facts.searched
        known = self.facts.days_searched
        return known if known is not None or part is None else part.n_days

    def _say(self, key: str, **values: str) -> str:
        return say(key, self.language, **values)

    def _integer(self, n: int) -> str:
        return show_integer(n, self.language)

    def _decimal(self, value: float) -> str:
        return show_decimal(value, self.language)

    def _annual(self, daily: float | None) -> str:
        """A daily Sharpe ratio as people quote it, for a year."""
        return show_decimal(self.facts.annualise(daily), self.language)
