"""Parts of resources that run as identities of their own: pools of Batch, computes of Machine Learning."""

from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_run import Run
from nhi_scan.providers.azure.arm_trim import trimmed
from nhi_scan.providers.azure.asking import Outcome, coverage_of
from nhi_scan.providers.azure.calls.arm import PARTS_OF
from nhi_scan.providers.azure.places import PART, PROVIDER


def ask_parts(run: Run) -> None:
    """Ask resources that were found for their parts.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over.
    """
    for type_, call in PARTS_OF.items():
        if run.asker.done(run.place, call.kind):
            continue
        wholes = [{"id": id_} for id_ in sorted(run.wholes.get(type_, ()))]
        outcome = Outcome()
        with run.session.writer.part(PROVIDER, run.place.folder, call.kind, PART, call.drop) as sink:
            for _, records, error in ask_many(run.session, run.arm, call, wholes):
                outcome.answered += error is None
                if error is not None and error.kind != "absent":  # deleted since it was listed
                    outcome.fail(error)
                for record in records:
                    if (kept := trimmed(record)) is not None:
                        sink.add("", {}, kept)
            entry = sink.close()
            run.session.writer.commit(PART, entry, coverage_of(call, run.place, outcome, sink.records))
        run.totals[call.kind] = sink.records
        if outcome.error:
            run.failed.add(call.kind)
