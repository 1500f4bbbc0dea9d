"""Features and labels from what has landed: SQL over views that are cut at a moment, by arrival."""

from sandbox.mart.cut import CutMart, Mart
from sandbox.mart.database import Limits
from sandbox.mart.example_set import Examples, MomentCount, Question, examples, feature_table, question
from sandbox.mart.features import FeaturePlan, check_features, feature_rows
from sandbox.mart.leaks import Leakage, Suspicion, leakage, suspicions
from sandbox.mart.living import LivingMart, Put, living
from sandbox.mart.sql_text import Sql, read_sql

__all__ = [
    "CutMart",
    "Examples",
    "FeaturePlan",
    "Leakage",
    "Limits",
    "LivingMart",
    "Mart",
    "MomentCount",
    "Put",
    "Question",
    "Sql",
    "Suspicion",
    "check_features",
    "examples",
    "feature_rows",
    "feature_table",
    "leakage",
    "living",
    "question",
    "read_sql",
    "suspicions",
]
