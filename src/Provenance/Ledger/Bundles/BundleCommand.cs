using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// <c>verify-bundle</c> as it is typed: <c>--key</c> (vkey of the tenant's log), <c>--trust</c> (roots of signers, PEM), <c>--tsa-root</c> (roots of time stamp authorities, PEM), <c>--seen</c> (a
/// checkpoint of an earlier audit), <c>--consistency</c> (the proof from there, as the API answers it), <c>--witness</c> (vkey of a witness; again for each) and <c>--quorum</c> (how many of them must
/// have signed; all unless said). Everything but files is here: whoever calls reads them.
/// </summary>
public static class BundleCommand
{
    private static readonly string[] Known = ["--key", "--trust", "--seen", "--consistency", "--quorum", "--tsa-root"];

    /// <summary>Says whether the bundle holds, and what it proves.</summary>
    /// <param name="bundle">Path of the bundle.</param>
    /// <param name="given">The options, each followed by its value.</param>
    /// <param name="read">Reads a file by its path.</param>
    /// <param name="now">As of when certificates are judged.</param>
    /// <returns>Whether it holds; null when the options are none.</returns>
    /// <exception cref="ArgumentException">A value is not what its option asks for; the message says which.</exception>
    public static bool? Run(string bundle, IReadOnlyList<string> given, Func<string, byte[]> read, DateTimeOffset now, TextWriter output)
    {
        if (Options(given) is not var (options, witnesses)) return null;
        var verdict = BundleVerifier.Verify(read(bundle), TrustOf(options, witnesses, read, now));
        foreach (var failure in verdict.Failures) output.WriteLine($"FAILED {failure.Code}: {failure.Sentence}");
        foreach (var note in verdict.Notes) output.WriteLine(note);
        if (verdict.Record is { } record) output.WriteLine(record);
        output.WriteLine(verdict.Holds ? "The bundle holds." : "The bundle does not hold; believe nothing of it.");
        return verdict.Holds;
    }

    private static (Dictionary<string, string> Options, List<string> Witnesses)? Options(IReadOnlyList<string> given)
    {
        var (options, witnesses) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        for (var i = 0; i < given.Count; i += 2)
        {
            if (i + 1 == given.Count) return null;
            if (given[i] == "--witness") witnesses.Add(given[i + 1]);
            else if (!Known.Contains(given[i]) || !options.TryAdd(given[i], given[i + 1])) return null;
        }
        return (options, witnesses);
    }

    private static BundleTrust TrustOf(Dictionary<string, string> options, List<string> given, Func<string, byte[]> read, DateTimeOffset now)
    {
        string? Text(string option) => options.TryGetValue(option, out var path) ? Encoding.UTF8.GetString(read(path)) : null;
        NoteKey[] witnesses = [.. given.Select(Witness)];
        var quorum = witnesses.Length;
        if (options.TryGetValue("--quorum", out var count) && (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out quorum) || quorum > witnesses.Length))
            throw new ArgumentException("--quorum is a number, not above that of the witnesses.");
        NoteKey? key = null;
        if (options.TryGetValue("--key", out var vkey) && !NoteKey.TryParse(vkey, out key)) throw new ArgumentException("--key is no key of a signed note (name+hash+key).");
        // Without the signers' roots the bundle's own are taken, of both kinds.
        if (options.ContainsKey("--tsa-root") && !options.ContainsKey("--trust")) throw new ArgumentException("--tsa-root goes with --trust.");
        return new(key, Text("--trust") is { } roots ? TrustAnchors.FromPem(roots, Text("--tsa-root")) : null, Text("--seen") is { } seen ? Seen(seen, key) : null,
            Text("--consistency") is { } proof ? Hashes(proof) : null, now) { Witnesses = new(witnesses, quorum) };
    }

    private static NoteKey Witness(string vkey) =>
        NoteKey.TryParse(vkey, out var key) && key!.Kind == NoteKeyKind.Cosignature ? key : throw new ArgumentException("--witness is no key of cosignatures (name+hash+key).");

    private static Checkpoint Seen(string text, NoteKey? key) =>
        SignedNote.Parse(Encoding.UTF8.GetBytes(text)) is { } note && Checkpoint.Parse(note.Text) is { } checkpoint && (key is null || note.IsSignedBy(key))
            ? checkpoint : throw new ArgumentException("--seen is no checkpoint of the log whose key was given.");

    private static List<TreeHash> Hashes(string json)
    {
        const string Wrong = "--consistency is no answer of /v1/ledger/proofs/consistency.";
        try
        {
            using var proof = JsonDocument.Parse(json);
            return [.. proof.RootElement.GetProperty("hashes").EnumerateArray().Select(text => TreeHash.TryParse(text.GetString(), out var hash) ? hash : throw new ArgumentException(Wrong))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ArgumentException(Wrong, e);
        }
    }
}
