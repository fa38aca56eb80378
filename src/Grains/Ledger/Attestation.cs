using System.Text;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>
/// Has the platform's newest checkpoint attested by others: cosigned by witnesses, stamped by a time stamp authority. The log waits for none of them; what is
/// missing is asked for again with the next checkpoint.
/// </summary>
public sealed partial class Attestation(LedgerReader reader, LedgerStore store, LedgerOptions options, TimeProvider time, ILogger<Attestation> log)
{
    /// <summary>Requests to one witness in one round: one to hear what it has seen, one to be signed, two that the network lost.</summary>
    private const int MaxRequests = 4;

    /// <summary>Before a witness that did not answer is asked again, times the number of attempts.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public bool IsWanted => options.Witnesses.Count > 0 || options.TimeStamps is not null;

    /// <summary>Asks everybody for the newest checkpoint of the platform's log. Whatever goes wrong is logged and thrown to nobody.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        try
        {
            if (await reader.Newest(LogId.Platform, cancellation) is not { } head) return;
            var note = SignedNote.Parse(Encoding.UTF8.GetBytes(head.Note)) ?? throw new InvalidDataException("The platform's newest checkpoint is no signed note.");
            await Task.WhenAll([.. options.Witnesses.Select(witness => Cosign(witness, note, head.Size, cancellation)), Stamp(note, head.Size, cancellation)]);
        }
        catch (Exception e)
        {
            if (!cancellation.IsCancellationRequested) LogFailed(e);
        }
    }

    private async Task Cosign(IWitness witness, SignedNote note, long size, CancellationToken cancellation)
    {
        if (note.IsSignedBy(witness.Key)) return;
        // Only ours goes out: a witness has no need of what the others said.
        var plain = note with { Signatures = [note.Signatures[0]] };
        var seen = await store.NewestCosigned(LogId.Platform, witness.Key.Name, cancellation) ?? 0;
        for (var request = 1; request <= MaxRequests; request++)
        {
            WitnessAnswer answer;
            try
            {
                answer = await witness.AddCheckpoint(WitnessRequest.Write(seen, await Consistency(seen, size, cancellation), plain), cancellation);
            }
            catch (WitnessUnavailableException e)
            {
                if (request == MaxRequests) LogUnavailable(witness.Key.Name, e.Message);
                else await Task.Delay(Pause * request, time, cancellation);
                continue;
            }
            switch (answer.Status)
            {
                case 200:
                    if (WitnessRequest.Accept(plain, answer.Body, [witness.Key]) is { Signatures: [_, var cosignature, ..] }) await store.AddCosignature(LogId.Platform, size, witness.Key.Name, cosignature, cancellation);
                    else LogRefused(witness.Key.Name, answer.Status, "it answered without a cosignature of its key");
                    return;
                case 409 when WitnessRequest.ReadSeen(answer.Body) is { } other && other != seen && other <= size:
                    seen = other;
                    break;
                case 409:
                    // It has seen a larger log, or another one of the same size: it was shown a log that ours does not continue.
                    LogForked(witness.Key.Name, size);
                    return;
                case >= 500 or 429:
                    if (request == MaxRequests) LogRefused(witness.Key.Name, answer.Status, "it is not well");
                    else await Task.Delay(Pause * request, time, cancellation);
                    break;
                case 422:
                    LogForked(witness.Key.Name, size);
                    return;
                default:
                    LogRefused(witness.Key.Name, answer.Status, "it does not know this log or its key");
                    return;
            }
        }
    }

    private async Task<IReadOnlyList<TreeHash>> Consistency(long seen, long size, CancellationToken cancellation) => seen == 0 || seen == size ? []
        : [.. (await reader.Consistency(LogId.Platform, seen, size, cancellation)).Hashes.Select(hash => TreeHash.TryParse(hash, out var read) ? read : throw new InvalidDataException("A proof of our own cannot be read."))];

    private async Task Stamp(SignedNote note, long size, CancellationToken cancellation)
    {
        if (options.TimeStamps is not { } authority || await store.LastStamped(LogId.Platform, cancellation) is { } last && time.GetUtcNow() - last < options.StampEvery) return;
        try
        {
            await store.AddStamp(LogId.Platform, size, time.GetUtcNow(), await CheckpointStamp.Take(note, authority, cancellation), cancellation);
        }
        catch (TimeStampUnavailableException e)
        {
            LogNotStamped(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The platform's checkpoint could not be attested; it is tried again with the next")]
    private partial void LogFailed(Exception cause);

    [LoggerMessage(LogLevel.Warning, "The witness {Witness} did not answer: {Why}")]
    private partial void LogUnavailable(string witness, string why);

    [LoggerMessage(LogLevel.Warning, "The witness {Witness} did not cosign (status {Status}): {Why}")]
    private partial void LogRefused(string witness, int status, string why);

    [LoggerMessage(LogLevel.Critical, "The witness {Witness} refuses the checkpoint over {Size} entries: the platform's log does not continue the one that it has seen. Was the database restored, or is the key used twice?")]
    private partial void LogForked(string witness, long size);

    [LoggerMessage(LogLevel.Warning, "The platform's checkpoint got no time stamp: {Why}")]
    private partial void LogNotStamped(string why);
}
