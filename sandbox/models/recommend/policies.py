"""Policies: what an arm of an experiment shows. Each is a part that learns from events and gives a ranker."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import Field

from sandbox.addresses import Address
from sandbox.errors import InputError, did_you_mean
from sandbox.registry import Part, from_extra

if TYPE_CHECKING:
    from sandbox.models.recommend.events import Events
    from sandbox.models.recommend.rankers import Ranker


class PolicyPart(Part):
    """Base of every policy."""

    @abstractmethod
    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Learn from what was done until now.

        Args:
            events: what people did.
            catalogue: the items' columns, in the order of `events.items`.
            seed: same events, policy and seed, same scores.
        Raises:
            InputError: the catalogue lacks a column, or a library is not installed.
        """


class NonePolicy(PolicyPart):
    """Shows nothing: the page without a recommender."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Nothing to learn."""
        from sandbox.models.recommend.rankers import Nothing

        return Nothing(len(events.items))


class RandomPolicy(PolicyPart):
    """Shows items by chance, each as likely as any other."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Nothing to learn but how many items there are."""
        from sandbox.models.recommend.rankers import ByChance

        return ByChance(len(events.items), Address((seed, "policy", "random")))


class Popularity(PolicyPart):
    """Shows everybody what most people have met."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Count people."""
        from sandbox.models.recommend.rankers import SameForAll, popularity

        return SameForAll(popularity(events))


class BestSelling(PolicyPart):
    """Shows what sells best, to all alike or in the groups of items that somebody has met."""

    by: str | None = None
    """The column of the items that groups them, such as `category`; absent: one list for everybody."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Count sales."""
        from sandbox.models.recommend.rankers import ByGroup, SameForAll, best_selling

        sold = best_selling(events)
        return SameForAll(sold) if self.by is None else ByGroup(sold, membership(catalogue, self.by))


class Rules(PolicyPart):
    """Shows what a rule scores highest: SQL that somebody wrote by hand."""

    score: str
    """SQL number over an item's columns, and `sold` and `met`, how often it was sold and how many people met it."""

    @classmethod
    def shorthand(cls) -> str | None:
        """`rules: "case when category = 'tariff' then sold else 0 end"`."""
        return "score"

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Score each item once."""
        import numpy as np

        from sandbox.mart.database import Limits, opened
        from sandbox.models.recommend.rankers import SameForAll
        from sandbox.scenario.expressions import ExpressionError, compile_expression

        sold, met = events.counts()
        table = catalogue.append_column("sold", pa.array(sold)).append_column("met", pa.array(met))
        try:
            sql = compile_expression(self.score, {field.name: field.type for field in table.schema}).sql
        except ExpressionError as error:
            raise InputError(f"rules: {error}") from None
        with opened(Limits()) as connection:
            connection.register("catalogue", table)
            scored = connection.sql(f"SELECT ({sql})::FLOAT AS score FROM catalogue").to_arrow_table()["score"]
        values = scored.to_numpy()
        return SameForAll(np.where(np.isnan(values), -np.inf, values).astype(np.float32))


class ItemKnn(PolicyPart):
    """Shows what is met by the same people as what somebody has met: item-KNN with cosine similarity."""

    neighbours: int = Field(default=50, ge=1, le=10_000)
    """How many items are kept as alike to each."""
    shrink: float = Field(default=10.0, ge=0)
    """So many people are added to each denominator: two who met by chance are not alike."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Count who met both."""
        from sandbox.models.recommend.rankers import item_knn

        return item_knn(events, self.neighbours, self.shrink)


class AlsoBought(PolicyPart):
    """Shows what customers who bought what somebody has met also bought; best sellers behind."""

    neighbours: int = Field(default=50, ge=1, le=10_000)
    """How many items are kept beside each."""
    shrink: float = Field(default=2.0, ge=0)
    """So many buyers are added to each denominator: two who bought the same by chance are not alike."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Count who bought both."""
        from sandbox.models.recommend.rankers import item_knn

        return item_knn(events.where(events.sold), self.neighbours, self.shrink)


class EasePolicy(PolicyPart):
    """Shows what a linear model without hidden layers foretells: EASE."""

    penalty: float = Field(default=250.0, gt=0)
    """Of the ridge: the larger, the less a rare meeting counts."""
    most_items: int = Field(default=20_000, ge=1)
    """Beyond so many items a matrix of all by all does not fit; an error says so."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Solve it."""
        from sandbox.models.recommend.rankers import ease

        if len(events.items) > self.most_items:
            many = f"there are {len(events.items):,} items and `most_items` is {self.most_items:,}"
            raise InputError(f"ease: {many}; raise it if there is memory, or take item_knn.")
        return ease(events, self.penalty)


class Als(PolicyPart):
    """Shows what implicit matrix factorisation foretells; needs the extra `recommend`."""

    factors: int = Field(default=64, ge=1, le=1024)
    """How many hidden traits an item has."""
    iterations: int = Field(default=15, ge=1, le=1000)
    """How often people and items are solved in turn."""
    penalty: float = Field(default=0.01, gt=0)
    """Of large traits."""
    confidence: float = Field(default=40.0, gt=0)
    """How much more a met item counts than one that was not."""

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Factorise, in one thread, so that the same comes out again."""
        import numpy as np
        from scipy import sparse
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        from sandbox.models.recommend.rankers import ByFactors

        library = from_extra("implicit.cpu.als", "recommend")
        with threadpool_limits(1, "blas"):
            model = library.AlternatingLeastSquares(
                factors=self.factors,
                iterations=self.iterations,
                regularization=self.penalty,
                alpha=1 + self.confidence,
                random_state=seed % 2**32,
                num_threads=1,
            )
            model.fit(sparse.csr_matrix(events.matrix()), show_progress=False)
        return ByFactors(np.asarray(model.item_factors, np.float32), self.confidence, self.penalty)


def membership(catalogue: pa.Table, column: str) -> object:
    """Which group each item is in, sparse, shape (items, groups); an item without a group is in none.

    Raises:
        InputError: the items have no such column.
    """
    import numpy as np
    import pyarrow.compute as pc
    from scipy import sparse

    if column not in catalogue.column_names:
        raise InputError(f"items have no column '{column}'.{did_you_mean(column, catalogue.column_names)}")
    codes = pc.cast(catalogue[column].combine_chunks(), pa.string()).dictionary_encode()
    known = np.asarray(pc.is_valid(codes.indices))
    group = pc.fill_null(codes.indices, 0).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(known)
    shape = (len(catalogue), max(len(codes.dictionary), 1))
    return sparse.csr_array((np.ones(len(rows), np.float32), (rows, group[known])), shape=shape)
