"""Random values by address: distributions, orders, permutations and identifiers over arrays."""

from sandbox.world.draws.base import Distribution, Floats, stable, uniforms_of_words, words_of_uniforms
from sandbox.world.draws.choice import Choice
from sandbox.world.draws.copula import GaussianCopula
from sandbox.world.draws.counts import Count, geometric, negative_binomial, poisson, poisson_each
from sandbox.world.draws.identifiers import uuids, uuids_of_words
from sandbox.world.draws.memory import keep_freed_memory
from sandbox.world.draws.normal import normal_probability, normal_quantile
from sandbox.world.draws.order import Intensity, SortedUniforms
from sandbox.world.draws.permutations import Permutation
from sandbox.world.draws.quantiles import Histogram, QuantileTable, beta, exponential, gamma, lognormal, normal
from sandbox.world.draws.texts import TextPart, join_texts
from sandbox.world.draws.uniforms import Bernoulli, Integers, Uniform, bernoulli
from sandbox.world.draws.zipf import Zipf

__all__ = [
    "Bernoulli",
    "Choice",
    "Count",
    "Distribution",
    "Floats",
    "GaussianCopula",
    "Histogram",
    "Integers",
    "Intensity",
    "Permutation",
    "QuantileTable",
    "SortedUniforms",
    "TextPart",
    "Uniform",
    "Zipf",
    "bernoulli",
    "beta",
    "exponential",
    "gamma",
    "geometric",
    "join_texts",
    "keep_freed_memory",
    "lognormal",
    "negative_binomial",
    "normal",
    "normal_probability",
    "normal_quantile",
    "poisson",
    "poisson_each",
    "stable",
    "uniforms_of_words",
    "uuids",
    "uuids_of_words",
    "words_of_uniforms",
]
