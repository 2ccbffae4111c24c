from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.kms_grants import grants_policy
from nhi_scan.access.aws.layers import Layers
from nhi_scan.access.aws.request import request
from nhi_scan.model.access import Verdict
from nhi_scan.model.policy import KeyGrant, Policy
from nhi_scan.providers.aws.policy import parse_document

KEY = "arn:aws:kms:us-east-1:111111111111:key/k"
APP = "arn:aws:iam::111111111111:role/app"


def grants(*constraints: tuple[str, str, str], retiring: str = "") -> Policy:
    grant = KeyGrant(
        id="g", key_id=KEY, grantee=APP, operations=("Decrypt",), constraints=constraints, retiring=retiring
    )
    return grants_policy(KEY, "111111111111", [grant])


def verdict(action: str, layers: Layers, principal: str = APP, **keys: str) -> Verdict:
    return decide(request(principal, action, KEY, keys=keys), layers).verdict


def test_a_grant_allows_its_operations_to_its_grantee_without_any_policy() -> None:
    layers = Layers(grants=grants())
    assert verdict("kms:Decrypt", layers) is Verdict.ALLOWED
    assert verdict("kms:Encrypt", layers) is Verdict.DENIED
    assert verdict("kms:Decrypt", layers, "arn:aws:iam::111111111111:role/other") is Verdict.DENIED


def test_the_key_policy_denies_what_a_grant_allows() -> None:
    parsed = parse_document(
        {"Statement": {"Effect": "Deny", "Principal": {"AWS": APP}, "Action": "kms:*", "Resource": "*"}}
    )
    key = Policy(id="key", provider="aws", kind="resource", name="key", scope_id="", statements=parsed.statements)
    assert verdict("kms:Decrypt", Layers(grants=grants(), resource=key)) is Verdict.DENIED


def test_an_encryption_context_that_is_not_known_stays_open() -> None:
    layers = Layers(grants=grants(("EncryptionContextSubset", "table", "orders")))
    assert verdict("kms:Decrypt", layers) is Verdict.CONDITIONAL
    assert verdict("kms:Decrypt", layers, **{"kms:EncryptionContext:table": "orders"}) is Verdict.ALLOWED
    assert verdict("kms:Decrypt", layers, **{"kms:EncryptionContext:table": "users"}) is Verdict.DENIED


def test_an_exact_encryption_context_takes_no_other_pairs() -> None:
    layers = Layers(grants=grants(("EncryptionContextEquals", "table", "orders")))
    pair = {"kms:EncryptionContext:table": "orders"}
    assert verdict("kms:Decrypt", layers, **pair, **{"kms:EncryptionContextKeys": "table"}) is Verdict.ALLOWED
    asked = request(APP, "kms:Decrypt", KEY, keys={**pair, "kms:EncryptionContextKeys": ["table", "more"]})
    assert decide(asked, layers).verdict is Verdict.DENIED


def test_the_retiring_principal_may_retire_and_nothing_else() -> None:
    bob = "arn:aws:iam::111111111111:user/bob"
    layers = Layers(grants=grants(retiring=bob))
    assert verdict("kms:RetireGrant", layers, bob) is Verdict.ALLOWED
    assert verdict("kms:Decrypt", layers, bob) is Verdict.DENIED
    assert verdict("kms:RetireGrant", layers) is Verdict.DENIED


def test_a_constraint_that_nobody_knows_leaves_the_answer_unknown() -> None:
    layers = Layers(grants=grants(("SourceArn", "", "arn:aws:s3:::logs")))
    assert verdict("kms:Decrypt", layers) is Verdict.UNKNOWN
