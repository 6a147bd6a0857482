"""What a run's calls cost and may cost, under the prices of one day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sdf.errors import RecipeError
from sdf.providers.prices import Price, at_most, cost, nearest, price_of, prompt_bound, worst_case
from sdf.recipe import PriceChoice
from sdf.records import Request, Response


class Money:
    """The prices of models. All amounts are whole 10^-12 dollars; None is what has no price."""

    def __init__(self, overrides: Mapping[str, PriceChoice], on: date) -> None:
        self._overrides = overrides
        self._day = on
        self._prices: dict[str, Price | None] = {}

    def price(self, model: str) -> Price | None:
        """The price of a model on this day."""
        if model not in self._prices:
            self._prices[model] = price_of(model, self._overrides, self._day)
        return self._prices[model]

    def cost(self, response: Response) -> int | None:
        """What an answer cost."""
        return cost(self.price(response.model), response.usage, batch=response.batch)

    def settled(self, response: Response) -> tuple[int, bool]:
        """What an answer cost, and True; or a bound and False where part of its usage has no price."""
        known, price = self.cost(response), self.price(response.model)
        if known is None and price is not None:
            return at_most(price, response.usage, batch=response.batch), False
        return known or 0, True

    def worst(self, request: Request, *, batch: bool) -> int | None:
        """The most that a request may cost."""
        price = self.price(request.model)
        return worst_case(price, prompt_bound(request), request.max_tokens, batch=batch) if price else None

    def require(self, models: Mapping[str, str]) -> None:
        """Refuse a budget over models without a price; `models` maps roles to models.

        Raises:
            RecipeError: naming the model and its nearest known names.
        """
        for role, model in models.items():
            if self.price(model) is None:
                near = nearest(model)
                known = f"Known near it: {', '.join(near)}. " if near else ""
                raise RecipeError(
                    f"a budget cannot be kept: the {role} `{model}` has no price",
                    where=f'[prices."{model}"]',
                    hint=f"{known}Give it `input` and `output` there, in dollars for a million tokens.",
                )
