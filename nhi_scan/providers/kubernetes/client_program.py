"""Runs the program that a kubeconfig signs in with, for so long and no longer.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins. lightkube waits
for ever, and does not say which it was that could not be run.
"""

import json
import subprocess
from collections.abc import Generator

import httpx2 as httpx
from lightkube.config import client_adapter
from lightkube.config.models import UserExec

from nhi_scan.providers.answers import one_line
from nhi_scan.providers.kubernetes.faults import CallError


class ProgramAuth(client_adapter.ExecAuth):
    """Shows the token that a program prints; asks it for another one where the server does not take it any more.

    Args:
        program: what the kubeconfig says of it.
        timeout: seconds that it may take.
    """

    def __init__(self, program: UserExec, timeout: int) -> None:
        super().__init__(program)
        self._name = one_line(program.command)[:200]
        self._timeout = timeout
        self._header = ""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request.

        Raises:
            CallError: the program cannot be run, ends with an error or does not end.
            ValueError, KeyError, TypeError: what it prints is no credential.
        """
        if self._header:
            request.headers["Authorization"] = self._header
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
        token = json.loads(self._printed())["status"]["token"]
        request.headers["Authorization"] = self._header = f"Bearer {token}"
        yield request

    def _printed(self) -> bytes:
        """Run the program; what it prints may hold a token, and is in no message."""
        command, variables = self._prepare()
        try:
            ended = subprocess.run(  # noqa: S603 - the user's own kubeconfig names it, as for kubectl
                command, env=variables, capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            told = f"the program that signs in, `{self._name}`, did not end in {self._timeout} seconds (`timeout`)"
            raise CallError("unsigned", "Timeout", told) from None
        except OSError as error:
            reason = (error.strerror or "no reason told").lower()
            told = f"the program that signs in, `{self._name}`, cannot be run: {reason}"
            raise CallError("unsigned", type(error).__name__, told) from None
        if ended.returncode != 0:
            told = f"the program that signs in, `{self._name}`, ended with exit code {ended.returncode}"
            raise CallError("unsigned", "ExitCode", told)
        return ended.stdout
