using System.Security.Cryptography;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>How a hash that a manifest states compares with the bytes that it is over.</summary>
internal enum HashMatch
{
    Same,
    Different,

    /// <summary>C2PA does not allow the algorithm.</summary>
    UnknownAlgorithm,

    /// <summary>The budget is spent, which is a failure by itself.</summary>
    NotComputed,
}

/// <summary>
/// What one validation may still do. A few megabytes can name one large box thousands of times, so each digest is computed once and the bytes that are hashed are bounded
/// by those that the store has. What goes beyond a bound is not done; <see cref="Exceeded"/> says so.
/// </summary>
internal sealed class ValidationBudget
{
    private readonly Dictionary<(ReadOnlyMemory<byte> Content, string Algorithm), byte[]> digests = [];
    private readonly HashSet<string> chains = new(StringComparer.Ordinal);
    private long hashable;

    /// <summary>Bytes that were hashed for references inside the store.</summary>
    public long HashedBytes { get; private set; }

    /// <summary>Bytes that were hashed for bindings to the file.</summary>
    public long HashedFileBytes { get; private set; }

    /// <summary>Boxes that may still be read, in the store and in what its compressed manifests unfold to.</summary>
    public int BoxesLeft = ValidationLimits.Boxes;

    /// <summary>Values that may still be read, in all CBOR documents together.</summary>
    public int CborValuesLeft { get; private set; } = ValidationLimits.CborItemsOfStore;

    /// <summary>Bytes to which compressed manifests may still unfold.</summary>
    public int UnfoldedBytesLeft { get; private set; } = ValidationLimits.UnfoldedBytesOfStore;

    /// <summary>COSE messages that were read.</summary>
    public int SignaturesRead { get; set; }

    /// <summary>Time stamps in assertions that were looked at.</summary>
    public int LaterStampsRead { get; private set; }

    /// <summary>Answers about revocation that were looked at.</summary>
    public int OcspAnswersRead { get; private set; }

    /// <summary>The first bound that was passed, as a sentence; null while all was done that was asked.</summary>
    public string? Exceeded { get; private set; }

    /// <summary>Adds bytes that references may point to: the store, and what a compressed manifest unfolded to.</summary>
    public void Admit(int length) => hashable += (long)length * ValidationLimits.HashesOfAByte;

    /// <summary>Compares a stated hash with that of the bytes, which is computed the first time that anything asks for it.</summary>
    public HashMatch Compare(string? algorithm, ReadOnlyMemory<byte> content, ReadOnlySpan<byte> expected)
    {
        if (algorithm is not ("sha256" or "sha384" or "sha512")) return HashMatch.UnknownAlgorithm;
        if (!digests.TryGetValue((content, algorithm), out byte[]? digest))
        {
            if (content.Length > hashable)
            {
                Exceeded ??= $"The references of the store ask for more than {ValidationLimits.HashesOfAByte} times its bytes to be hashed.";
                return HashMatch.NotComputed;
            }
            (hashable, HashedBytes) = (hashable - content.Length, HashedBytes + content.Length);
            digest = algorithm switch
            {
                "sha256" => SHA256.HashData(content.Span),
                "sha384" => SHA384.HashData(content.Span),
                _ => SHA512.HashData(content.Span),
            };
            digests[(content, algorithm)] = digest;
        }
        return digest.AsSpan().SequenceEqual(expected) ? HashMatch.Same : HashMatch.Different;
    }

    public void CountFile(int length) => HashedFileBytes += length;

    /// <summary>Counts the values of one more document.</summary>
    public void CountCbor(int values)
    {
        CborValuesLeft = Math.Max(0, CborValuesLeft - values);
        if (CborValuesLeft == 0) Exceeded ??= $"The store holds more than {ValidationLimits.CborItemsOfStore} CBOR values.";
    }

    public void CountUnfolded(int length) => UnfoldedBytesLeft -= length;

    /// <summary>Whether one more time stamp of an assertion may be looked at.</summary>
    public bool MayReadLaterStamp()
    {
        if (!HasRoom(LaterStampsRead, ValidationLimits.LaterStamps, "holds", "time stamps for earlier manifests")) return false;
        LaterStampsRead++;
        return true;
    }

    /// <summary>Whether one more answer about a revocation may be looked at.</summary>
    public bool MayReadOcspAnswer()
    {
        if (!HasRoom(OcspAnswersRead, ValidationLimits.OcspAnswersOfStore, "holds", "answers about revocation")) return false;
        OcspAnswersRead++;
        return true;
    }

    /// <summary>Whether a chain of certificates, by its digest, is one of those that this validation judges.</summary>
    public bool MayJudge(string chain) => chains.Contains(chain) || HasRoom(chains.Count, ValidationLimits.Chains, "names", "different signers") && chains.Add(chain);

    private bool HasRoom(int used, int most, string verb, string what)
    {
        if (used < most) return true;
        Exceeded ??= $"The store {verb} more than {most} {what}.";
        return false;
    }
}
