"""The fast reader of GetAccountAuthorizationDetails gives what boto3 gives, on the same answers over HTTP."""

import json
from typing import Any
from urllib.parse import quote, unquote

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.providers.aws.client import Session
from nhi_scan.providers.aws.details import _document, parse_details
from nhi_scan.providers.aws.faults import CallError
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.snapshot import codec
from tests.providers.aws.collect.fake_aws import Aws, error

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*", "Sid": "ä 100%"}],
}
DOCUMENTS = [
    quote(json.dumps(POLICY)),
    quote(json.dumps(POLICY, indent=2)),
    quote(json.dumps(POLICY, ensure_ascii=False), safe=""),
    quote("{not json"),
    "",
    quote('{"a": "%41 %25"}'),
    quote("[]"),
]


def page(document: str) -> bytes:
    return f"""<?xml version="1.0"?>
<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetAccountAuthorizationDetailsResult>
    <IsTruncated>false</IsTruncated>
    <UserDetailList><member>
      <UserName>a&amp;b</UserName><Path>/</Path><CreateDate>2020-01-02T03:04:05Z</CreateDate>
      <GroupList><member>g1</member><member>g2</member></GroupList>
      <AttachedManagedPolicies/>
      <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>
        <PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn></PermissionsBoundary>
      <Tags><member><Key>k</Key><Value></Value></member></Tags>
      <UserPolicyList><member><PolicyName>p</PolicyName><PolicyDocument>{document}</PolicyDocument></member></UserPolicyList>
    </member></UserDetailList>
    <GroupDetailList/>
    <RoleDetailList>
      <member><RoleName>r</RoleName><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>
        <RoleLastUsed/><InstanceProfileList/><RolePolicyList/></member>
      <member><RoleName>s</RoleName>
        <RoleLastUsed><LastUsedDate>2021-01-01T00:00:00Z</LastUsedDate><Region>us-east-1</Region></RoleLastUsed></member>
    </RoleDetailList>
    <Policies><member><PolicyName>p</PolicyName><AttachmentCount>3</AttachmentCount><IsAttachable>true</IsAttachable>
      <PolicyVersionList><member><Document>{document}</Document><VersionId>v2</VersionId>
        <IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList>
    </member></Policies>
  </GetAccountAuthorizationDetailsResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</GetAccountAuthorizationDetailsResponse>""".encode()


def plain(value: Any) -> Any:
    return codec.decode_any(codec.encode(value))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_it_reads_what_boto3_reads(document: str, aws: Aws) -> None:
    aws.script["GetAccountAuthorizationDetails"] = page(document)
    theirs = boto3.client("iam").get_account_authorization_details()
    del theirs["ResponseMetadata"], theirs["IsTruncated"]
    client = Session(AwsSettings()).client("iam", "us-east-1")
    (ours,) = client.call("get_account_authorization_details")
    client.close()
    assert plain(ours) == plain(theirs)
    trust = ours["RoleDetailList"][0]["AssumeRolePolicyDocument"]
    assert isinstance(trust, codec.Raw | str)  # text, not walked
    assert b"\n" not in codec.encode(trust)


def test_an_error_is_still_an_error(aws: Aws) -> None:
    aws.script["GetAccountAuthorizationDetails"] = (403, error("AccessDenied"))
    client = Session(AwsSettings()).client("iam", "us-east-1")
    with pytest.raises(CallError, match="AccessDenied"):
        list(client.call("get_account_authorization_details"))
    client.close()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"<a><b/></a>", page("")[:500], b"\xff", b'<!DOCTYPE x SYSTEM "x"><x/>']
)
def test_what_it_does_not_know_is_left_to_boto3(body: bytes) -> None:
    assert parse_details(body, {}) is None


@given(st.text(alphabet=st.sampled_from('{}[]":, %25\n$/äA41'), max_size=30), st.sampled_from(["", "/", "{}%"]))
def test_unquoting_by_replacement_is_unquoting(text: str, safe: str) -> None:
    quoted = quote(json.dumps({"a": text}), safe=safe)
    try:
        wanted = json.loads(unquote(quoted))
    except ValueError:
        wanted = quoted  # what is no JSON stays the text it was
    assert plain(_document(quoted)) == wanted
