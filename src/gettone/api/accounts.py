"""`/2010-04-01/Accounts`, and the two auth tokens of one's own account under `/v1/AuthTokens`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from gettone.api.calls import Call, Caller
from gettone.api.fields import Text, line
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, classic
from gettone.api.parameters import AccountSid
from gettone.api.shapes_accounts import (
    CLASSIC,
    AccountPage,
    AccountShape,
    PromotedTokenShape,
    SecondaryTokenShape,
    show_account,
    show_promoted_token,
    show_secondary_token,
)
from gettone.model.accounts import Account, AccountStatus

router = APIRouter(tags=["Accounts"])

FriendlyName = Annotated[Text, line(64)]
Status = Literal["active", "suspended", "closed"]


class CreateAccount(Form):
    """What makes a subaccount."""

    friendly_name: FriendlyName | None = None


class UpdateAccount(Form):
    """What changes an account; what is left out stays."""

    friendly_name: Annotated[Text, line(64, least=1)] | None = None
    status: Status | None = None


@router.get(CLASSIC + ".json")
async def list_accounts(
    call: Caller,
    page: Asks,
    friendly_name: Annotated[Text | None, Query(alias="FriendlyName", description="Exactly this name")] = None,
    status: Annotated[Status | None, Query(alias="Status")] = None,
) -> AccountPage:
    """List the account and its subaccounts."""
    found = await call.use.accounts.list(
        call.principal,
        page=page.request,
        friendly_name=friendly_name,
        status=None if status is None else AccountStatus(status),
    )
    filters = [(name, value) for name, value in (("FriendlyName", friendly_name), ("Status", status)) if value]
    around = classic(f"{CLASSIC}.json", page, found, filters)
    return AccountPage(accounts=[_show(call, account) for account in found.items], **around.model_dump())


@router.post(CLASSIC + ".json", status_code=201, openapi_extra=takes_form(CreateAccount))
async def create_account(call: Caller, form: Annotated[CreateAccount, Depends(form_of(CreateAccount))]) -> AccountShape:
    """Create a subaccount."""
    return _show(call, await call.use.accounts.create(call.principal, friendly_name=form.friendly_name))


@router.get(CLASSIC + "/{AccountSid}.json")
async def fetch_account(call: Caller, account: AccountSid) -> AccountShape:
    """Fetch the account, or a subaccount."""
    return _show(call, await call.use.accounts.get(call.principal, sid=account))


@router.post(CLASSIC + "/{AccountSid}.json", openapi_extra=takes_form(UpdateAccount))
async def update_account(
    call: Caller, account: AccountSid, form: Annotated[UpdateAccount, Depends(form_of(UpdateAccount))]
) -> AccountShape:
    """Rename an account; suspend, open or close a subaccount."""
    updated = await call.use.accounts.update(
        call.principal,
        sid=account,
        friendly_name=form.friendly_name,
        status=None if form.status is None else AccountStatus(form.status),
    )
    return _show(call, updated)


@router.post("/v1/AuthTokens/Secondary", status_code=201)
async def create_secondary_auth_token(call: Caller) -> SecondaryTokenShape:
    """Make a second auth token, which is good at once, beside the first."""
    token = await call.use.accounts.create_secondary_token(call.principal, sid=call.principal.account_sid)
    account = await call.use.accounts.get(call.principal, sid=call.principal.account_sid)
    return show_secondary_token(call, account, token)


@router.delete("/v1/AuthTokens/Secondary", status_code=204)
async def delete_secondary_auth_token(call: Caller) -> None:
    """Take the second auth token away."""
    await call.use.accounts.delete_secondary_token(call.principal, sid=call.principal.account_sid)


@router.post("/v1/AuthTokens/Promote")
async def promote_secondary_auth_token(call: Caller) -> PromotedTokenShape:
    """Make the second auth token the first. The first is good no more."""
    account = await call.use.accounts.promote_secondary_token(call.principal, sid=call.principal.account_sid)
    token = await call.use.accounts.auth_token(call.principal, sid=account.sid)
    return show_promoted_token(call, account, token)


def _show(call: Call, account: Account) -> AccountShape:
    return show_account(account, call.use.accounts.read_token(call.principal, account))
