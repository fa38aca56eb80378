using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// Answers whom an API key stands for, and remembers the answer for so short a time that a revoked key stops working within a second.
/// Memory holds digests of keys, never keys.
/// </summary>
public sealed class AuthenticatedKeys(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Counted from before the question was asked, so a second is enough for any revocation to take effect.</summary>
    public static readonly TimeSpan RememberGood = TimeSpan.FromMilliseconds(900);

    /// <summary>A key in use is asked about again from this age on, beside its callers: none of them waits while the cluster is busy, unless it takes longer than the rest of the time.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(300);

    /// <summary>Shorter, so that a new key works almost at once.</summary>
    public static readonly TimeSpan RememberBad = TimeSpan.FromMilliseconds(500);

    /// <summary>About 20 MB of answers; when there are more, all are forgotten and asked for again.</summary>
    public const int MaxRemembered = 100_000;

    private readonly ConcurrentDictionary<TokenDigest, Answer> answers = new();
    private int count;

    /// <summary>Null for every key that does not work, whatever the cause.</summary>
    public ValueTask<Principal?> Authenticate(ReadOnlySpan<char> token)
    {
        if (!ApiKey.TryParse(token, out var key)) return default;
        var digest = TokenDigest.Of(token);
        if (answers.TryGetValue(digest, out var known))
        {
            if (IsFresh(known))
            {
                if (time.GetElapsedTime(known.AskedAt) >= AskAgainAfter && known.Principal.IsCompleted && known.TakeRenewal()) _ = Renew(digest, known, key);
                return new(known.Principal);
            }
            if (answers.TryRemove(new(digest, known))) Interlocked.Decrement(ref count);
        }
        if (Volatile.Read(ref count) >= MaxRemembered) ForgetAll();

        // Callers that come while the question is open share it.
        var asked = new Answer(time.GetTimestamp(), Ask(key));
        if (answers.TryAdd(digest, asked))
        {
            Interlocked.Increment(ref count);
            return new(asked.Principal);
        }
        return new(answers.TryGetValue(digest, out var others) && IsFresh(others) ? others.Principal : asked.Principal);
    }

    /// <summary>Puts a newer answer in the place of this one. Without one the old answer runs out, and whoever comes then asks, and hears what went wrong.</summary>
    private async Task Renew(TokenDigest digest, Answer known, ApiKey key)
    {
        var asked = new Answer(time.GetTimestamp(), Ask(key));
        try
        {
            await asked.Principal;
        }
        catch (Exception lost) when (Outage.AnswerTo(lost) is not null)
        {
            return;
        }
        answers.TryUpdate(digest, asked, known);
    }

    private async Task<Principal?> Ask(ApiKey key)
    {
        GrainCalls.For(key.Tenant);
        var principal = await grains.Authentication().Authenticate(key.Tenant, key.Key, key.Digest);
        if (principal is not null && (principal.Tenant != key.Tenant || principal.Key != key.Key))
            throw new InvalidOperationException($"The key {key} was authenticated as {principal.Tenant}/{principal.Key}.");
        return principal;
    }

    private bool IsFresh(Answer answer)
    {
        var age = time.GetElapsedTime(answer.AskedAt);
        if (!answer.Principal.IsCompleted) return age < RememberGood;
        return answer.Principal.IsCompletedSuccessfully && age < (answer.Principal.GetAwaiter().GetResult() is null ? RememberBad : RememberGood);
    }

    private void ForgetAll()
    {
        answers.Clear();
        Volatile.Write(ref count, 0);
    }

    private sealed class Answer(long askedAt, Task<Principal?> principal)
    {
        private int renewed;

        public long AskedAt { get; } = askedAt;
        public Task<Principal?> Principal { get; } = principal;

        /// <summary>True for the first who asks: one of the callers has the answer renewed.</summary>
        public bool TakeRenewal() => Interlocked.Exchange(ref renewed, 1) == 0;
    }

    /// <summary>SHA-256 of the whole key, as four words: equality without an array.</summary>
    private readonly record struct TokenDigest(ulong A, ulong B, ulong C, ulong D)
    {
        public static TokenDigest Of(ReadOnlySpan<char> token)
        {
            Span<ulong> words = stackalloc ulong[4];
            SHA256.HashData(MemoryMarshal.AsBytes(token), MemoryMarshal.AsBytes(words));
            return new(words[0], words[1], words[2], words[3]);
        }
    }
}
