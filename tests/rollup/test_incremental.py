"""Roll-ups of what changed, in any order, end where a computation from scratch ends."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios import rollup
from ppm.core.models import Component
from programs.models import Benefit, BenefitLink, BenefitPlan
from projects.baselining import take_baselines
from projects.models import Baseline, Dependency, Project, Task
from tests import oracle
from tests.exploring import tried_on
from tests.rollup.organisations import BUDGETS, LIKELY_STATES, Writer, organisation
from tests.rollup.states import NOW, mark_everything, rolled_back, stored, sweep

pytestmark = pytest.mark.django_db

Edit = Callable[["Editor"], None]


class Editor(Writer):
    """Changes an organisation at random, by every kind of write that figures depend on."""

    def component_of(self, *kinds: type[Component]) -> Component:
        """Choose one that exists, of one of the kinds."""
        choices = [c for kind in kinds for c in kind.objects.order_by("pk")]
        return self.one(choices)

    def add_component(self) -> None:
        """A new component, with facts of its own."""
        component = self.component(list(Component.objects.order_by("pk")))
        self.money(component)

    def delete_component(self) -> None:
        """Delete one that nothing refers to."""
        bare = (
            Component.objects.filter(
                children=None,
                cost_entries=None,
                estimates=None,
                risks=None,
                issues=None,
                changes=None,
                status_reports=None,
                benefits=None,
                parent__isnull=False,
            )
            .exclude(project__benefit_links__isnull=False)
            .exclude(project__tasks__isnull=False)
        )
        for component in bare.order_by("pk")[:1]:
            component.delete()

    def move(self) -> None:
        """Move a component below another one of its tree or of the other tree."""
        component = self.component_of(Component)
        above = ["portfolio"] if component.kind == "portfolio" else ["portfolio", "program"]
        places = Component.objects.filter(kind__in=above).exclude(path__contains=[component.pk])
        if component.parent_id and places:
            component.move_to(self.one(list(places.order_by("pk"))))

    def change_state(self) -> None:
        """Put a project or program into another state."""
        component = self.component_of(Component)
        if component.kind != "portfolio":
            Component.objects.filter(pk=component.pk).update(state=self.one(LIKELY_STATES))

    def change_project(self) -> None:
        """Change a project's money and dates."""
        start, finish = self.period()
        project = self.component_of(Project)
        Project.objects.filter(pk=project.pk).update(
            budget=self.amount(BUDGETS),
            contingency=self.maybe(self.amount(BUDGETS)),
            start_date=start,
            finish_date=finish,
        )

    def plan_again(self) -> None:
        """Change tasks and approve the new plan, or go back to an old one."""
        project = self.component_of(Project)
        for task in Task.objects.filter(project=project.pk, subtasks=None).order_by("pk"):
            self.replan(task)
        if self.draw(st.booleans()):
            take_baselines([project.pk])
        elif self.draw(st.booleans()):
            Baseline.objects.filter(project=project.pk, is_current=True).update(is_current=False)

    def report_progress(self) -> None:
        """Report on the tasks of a project."""
        project = self.component_of(Project)
        for task in Task.objects.filter(project=project.pk, budget__isnull=False).order_by("pk"):
            self.progress(task)

    def untie(self) -> None:
        """Loosen or remove a dependency."""
        link = Dependency.objects.order_by("pk").first()
        if link and self.draw(st.booleans()):
            link.delete()
        elif link:
            Dependency.objects.filter(pk=link.pk).update(is_hard=not link.is_hard)

    def change_benefit(self) -> None:
        """Change target, links, plan or measurements of a benefit."""
        benefits = list(Benefit.objects.order_by("pk"))
        if not benefits:
            return
        benefit = self.one(benefits)
        Benefit.objects.filter(pk=benefit.pk).update(target_value=self.amount(BUDGETS))
        BenefitPlan.objects.filter(benefit=benefit).delete()
        project = self.component_of(Project)
        removed, _ = BenefitLink.objects.filter(benefit=benefit, project=project.pk).delete()
        if not removed:
            self.link(benefit, project)
        self.benefit_facts(benefit)

    def add_facts(self) -> None:
        """Book costs, estimates, risks, issues, changes and reports."""
        component = self.component_of(Component)
        self.one([self.money, self.register, self.report])(component)

    def change_policy(self) -> None:
        """Give a subtree, or everything, another policy."""
        self.policy(self.one([None, self.component_of(Component)]))


EDITS: list[Edit] = [
    Editor.add_component,
    Editor.delete_component,
    Editor.move,
    Editor.move,
    Editor.change_state,
    Editor.change_project,
    Editor.plan_again,
    Editor.report_progress,
    Editor.untie,
    Editor.change_benefit,
    Editor.add_facts,
    Editor.add_facts,
    Editor.change_policy,
]


@tried_on(40)
@given(data=st.data())
def test_sweeps_between_any_edits_end_where_the_oracle_does(data: st.DataObject) -> None:
    with rolled_back():
        organisation(data, is_one_day=True)
        editor = Editor(data)
        for edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=2, max_size=12)):
            edit(editor)
            editor.write()
            if data.draw(st.booleans()):
                sweep()
        sweep()
        assert oracle.differences(oracle.expected(now=NOW), stored()) == []
        assert rollup.audit(now=NOW) == (Component.objects.count(), [])


@tried_on(25)
@given(data=st.data())
def test_moving_back_restores_everything_and_nothing_is_written_twice(
    data: st.DataObject,
) -> None:
    with rolled_back():
        components = organisation(data, is_one_day=True)
        sweep()
        before = stored()
        moved = data.draw(st.sampled_from([c for c in components if c.parent_id]))
        home, away = moved.parent, data.draw(st.sampled_from(components))
        if away.kind == "portfolio" and moved.pk not in away.path:
            moved.move_to(away)
            sweep()
            moved.move_to(home)
            sweep()
        assert stored() == before
        mark_everything()
        for root in Component.objects.roots():
            assert rollup.roll_up_tree(root.pk, now=NOW) == []
