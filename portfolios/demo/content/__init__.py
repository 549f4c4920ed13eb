"""What the demo tells: the company, its people, its work and its words."""

from __future__ import annotations

from portfolios.demo.content import (
    customers,
    erp,
    grid,
    heat,
    integration,
    metering,
    products,
    systems,
    water,
)

_SUBJECTS = (metering, grid, water, heat, erp, systems, customers, integration, products)

PROGRAMS = [program for subject in _SUBJECTS for program in subject.PROGRAMS]
PROJECTS = [project for subject in _SUBJECTS for project in subject.PROJECTS]
TASK_LINKS = [link for subject in _SUBJECTS for link in subject.TASK_LINKS]
BENEFITS = [benefit for subject in _SUBJECTS for benefit in subject.BENEFITS]
