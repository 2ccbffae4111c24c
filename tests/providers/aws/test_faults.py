from nhi_scan.providers.aws.faults import classify


class Answered(Exception):  # noqa: N818 - stands for any exception of the SDK that holds an answer
    def __init__(self, code: str, message: str) -> None:
        self.response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 500}}


def test_a_web_page_in_the_place_of_an_answer_is_named_and_not_quoted() -> None:
    fault = classify(Answered("500", "\n<!DOCTYPE html><html><body>Something went wrong</body></html>"))
    assert fault.sentence == "HTTP 500, answered with a web page"


def test_a_code_of_the_service_stands_as_it_was_given() -> None:
    assert classify(Answered("ServiceFailure", "try later")).sentence == "`ServiceFailure`: try later"
