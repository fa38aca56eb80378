using System.Security.Cryptography;
using Vitrine.Grains.Ledger;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Silo;

/// <summary>The key of the transparency log on disk, beside the signing chain and apart from it: <c>ledger.key</c>, and <c>ledger.vkey</c> for whoever checks.</summary>
public static class LedgerFolder
{
    public const string Key = "ledger.key", PublicKey = "ledger.vkey";

    /// <summary>Opens the key; makes one for development when there is none.</summary>
    /// <exception cref="InvalidOperationException">The key file is none, or belongs to a log of another name.</exception>
    /// <param name="timeStamps">Who stamps checkpoints; null for nobody.</param>
    public static LedgerOptions Open(SiloSettings settings, ITimeStampAuthority? timeStamps)
    {
        Directory.CreateDirectory(settings.Pki);
        var path = Path.Combine(settings.Pki, Key);
        if (!File.Exists(path))
        {
            var made = new NoteSigner(RandomNumberGenerator.GetBytes(32));
            PrivateFile.Write(path, made.Reveal(settings.LedgerOrigin));
            File.WriteAllText(Path.Combine(settings.Pki, PublicKey), made.Key(settings.LedgerOrigin) + "\n");
        }
        if (NoteSigner.Parse(File.ReadAllText(path).Trim()) is not { } key) throw new InvalidOperationException($"{path} is no key of a signed note (PRIVATE+KEY+…).");
        if (key.Name != settings.LedgerOrigin)
            throw new InvalidOperationException($"{path} is the key of the log '{key.Name}', and Vitrine:LedgerOrigin says '{settings.LedgerOrigin}'. A log keeps its name for ever.");
        return new LedgerOptions(settings.LedgerOrigin, key.Signer)
        {
            CheckpointEvery = settings.CheckpointEvery, CheckpointLeaves = settings.CheckpointLeaves,
            Witnesses = [.. settings.Witnesses.Select(each => HttpWitness.Parse(each)!.Value).Select(each => new HttpWitness(each.Prefix, each.Key))],
            TimeStamps = timeStamps, StampEvery = settings.StampEvery,
        };
    }
}
