using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>The page that lies in every bundle: what is proved, and how to check it without us and without our program.</summary>
internal static class BundleReadme
{
    public static string Of(BundleParts parts) => string.Create(CultureInfo.InvariantCulture, $$"""
        # Proof of {{parts.Asset}}

        This bundle proves what the log of {{parts.LogKey.Name}} recorded about one picture: who asked for it and how, which policy allowed it, which model made it
        with which parameters and seed, and which file came out. `record.json` is the summary. It says nothing about what was never recorded.
        Pictures that were brought for it, and replays of it, have entries too where the record leads to them; a picture of this platform that it began at has a bundle of its own. `approvals` says whether a person
        approved it: no policy here asks for that, and no event records one.

        ## With the program

            dotnet run dev.cs -- verify-bundle FILE.zip --key '{{parts.LogKey}}'

        It needs no network and no database. Take the key from the operator's publication or from an earlier audit, not from this bundle: a forger would put their
        own key here. With `--seen CHECKPOINT` it compares with a checkpoint that you kept. `--trust ROOT.pem` says which certificate authority you trust for the file, and `--tsa-root ROOT.pem` which
        time stamp authority. Give both: the signer's certificate ends after a year at most, and from then on the file's credentials hold only for who trusts the time stamp in them. Without
        `--trust` the bundle's own roots are taken (`keys/root.pem`, `keys/tsa-root.pem`).

        ## With public tools

        1. **The checkpoint** (`checkpoint`) is a signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint). Check its signature with `golang.org/x/mod/sumdb/note`
           and the key in `keys/ledger.vkey`.
        2. **Each event** has an entry (`entries/`), which is deterministic CBOR, and a proof (`proofs/`, c2sp.org/tlog-proof). SHA-256 of a zero byte and the entry
           is the leaf hash; `github.com/transparency-dev/merkle/proof` verifies it with the index, the size and the root of the checkpoint (RFC 9162, section 2.1.3.2).

               (printf '\0'; cat entries/0000.cbor) | sha256sum

        3. **What the event said** (`payloads/`) is bound by the commitment in the entry (member 7): SHA-256 of the 32 bytes of salt from `bundle.json` and the payload.
           Where a payload is missing, a person was erased on request, or it was left out of this bundle; the entry still proves that the event happened, and when.

               (jq -r '.events[0].salt' bundle.json | base64 -d; cat payloads/0000.json) | sha256sum

        4. **What a person said** (`openings/`) is sealed within the payload, in its member `Personal`. `Personal.Commitment` is SHA-256 of the 32 bytes of `opening_salt` from
           `bundle.json` and the opening. Where an opening is missing, the person was erased on request, or it was left out; everything else that the payload says stays proved.

               (jq -r '.events[0].opening_salt' bundle.json | base64 -d; cat openings/0000.json) | openssl dgst -sha256 -binary | base64

        5. **The file** has the SHA-256 that member 10 of its `asset.output_produced` entry names, or that of its `asset.stamped` entry where there is one, and carries Content Credentials: `c2patool asset.*` with the roots of
           signers in `keys/root.pem` and those of time stamp authorities in `keys/tsa-root.pem`.
           `manifest.c2pa` is the manifest store by itself (`application/c2pa`), the same bytes as in the file. Of a file that was erased it is what the platform said of it, without what pictures that
           were brought said of themselves: it still proves who signed and when.
        6. **The platform's log** (`platform.tlog-proof`, `keys/platform.vkey`) holds `checkpoint` itself as an entry. Witnesses cosign the platform's checkpoint: the
           lines behind the first signature, c2sp.org/tlog-cosignature. With the program, `--witness VKEY` names one that you trust (again for each), and `--quorum N` how
           many must have signed.
        7. **The time stamp** (`platform.tst`, where there is one) is an RFC 3161 token over the text of the platform's checkpoint without its signatures:

               awk -v RS= 'NR==2' platform.tlog-proof > text
               openssl ts -verify -data text -in platform.tst -token_in -CAfile keys/tsa-root.pem

        """);
}
