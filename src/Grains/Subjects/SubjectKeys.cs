using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Subjects;

/// <summary>
/// The keys of all people, kept in memory so that accepting a job asks nobody. A kept key counts only while somebody has looked within the last second whether a person was erased since
/// (<see cref="Refresh"/>, called by a watch of the silo); otherwise the key database is asked. So a second after an erasure no silo opens anything of that person any more.
/// </summary>
public sealed class SubjectKeys(KeyDatabase keys, TimeProvider time)
{
    /// <summary>How long a look at the count of erasures lets kept keys count.</summary>
    public static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    /// <summary>People kept, about 300 bytes each. When there are more, all are forgotten and asked for again.</summary>
    public const int MaxKept = 20_000;

    private readonly ConcurrentDictionary<(string Tenant, string User), Kept> _kept = new();
    private Look? _look;

    /// <summary>Null when the person was erased. A person without a key gets one.</summary>
    /// <param name="user">A <see cref="SubjectId"/>; null for the names of API keys without a user.</param>
    public async ValueTask<Subject?> ForSealing(TenantId tenant, string? user, CancellationToken cancellation) =>
        Find(tenant.Value, user ?? "") is { } kept ? kept.Subject : (await Ask(tenant.Value, user ?? "", RandomNumberGenerator.GetBytes(Subject.KeySize), cancellation)).Subject;

    /// <summary>The people named, with null for those who were erased.</summary>
    /// <exception cref="InvalidDataException">The key of one of them is neither there nor erased: it was lost, and with it what it opens.</exception>
    public async ValueTask<IReadOnlyDictionary<string, Subject?>> ForOpening(TenantId tenant, IEnumerable<string> users, CancellationToken cancellation)
    {
        var found = new Dictionary<string, Subject?>();
        foreach (var user in users.Distinct())
            found[user] = (Find(tenant.Value, user) ?? await Ask(tenant.Value, user, null, cancellation)).Subject;
        return found;
    }

    /// <summary>Whether the person was erased; a person who never had a key was not.</summary>
    public async ValueTask<bool> IsErased(TenantId tenant, string? user, CancellationToken cancellation)
    {
        if (Find(tenant.Value, user ?? "") is { } kept) return kept.Subject is null;
        return await TryAsk(tenant.Value, user ?? "", null, cancellation) is { Subject: null };
    }

    /// <summary>Destroys the key, for ever. From this moment on no silo gets it any more, and those that have it forget it within <see cref="Trust"/>. False when it was destroyed before.</summary>
    public async Task<bool> Destroy(TenantId tenant, SubjectId subject, CancellationToken cancellation)
    {
        await using var command = keys.Source.CreateCommand("select vitrine_keys.erase($1, $2)");
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(subject.Value);
        var destroyed = (bool)(await command.ExecuteScalarAsync(cancellation))!;
        await Refresh(cancellation);
        return destroyed;
    }

    /// <summary>
    /// Destroys the keys of people whose erasing is on record: there are none, unless somebody restored a backup of the keys that is older than it. Answers how many there were.
    /// </summary>
    public async Task<int> DestroyRevived(IEnumerable<SubjectKey> erased, CancellationToken cancellation)
    {
        var all = erased.ToList();
        await using var command = keys.Source.CreateCommand("""
            select e.tenant, e.subject from unnest($1, $2) as e (tenant, subject) join vitrine_keys.subject_key k on k.tenant_id = e.tenant and k.user_id = e.subject where k.key is not null
            """);
        command.Parameters.AddWithValue(all.ConvertAll(each => each.Tenant.Value));
        command.Parameters.AddWithValue(all.ConvertAll(each => each.Subject.Value));
        var revived = new List<SubjectKey>();
        await using (var rows = await command.ExecuteReaderAsync(cancellation))
            while (await rows.ReadAsync(cancellation)) revived.Add(new(new TenantId(rows.GetString(0)), new SubjectId(rows.GetString(1))));
        foreach (var subject in revived) await Destroy(subject.Tenant, subject.Subject, cancellation);
        if (revived.Count > 0) await Vacuum(cancellation);
        return revived.Count;
    }

    /// <summary>Clears the rows of destroyed keys out of their pages, where an update leaves them, as far as no transaction can see them any more.</summary>
    public async Task Vacuum(CancellationToken cancellation)
    {
        await using var command = keys.Source.CreateCommand("vacuum vitrine_keys.subject_key");
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Looks whether anybody was erased since the last look.</summary>
    public async Task Refresh(CancellationToken cancellation)
    {
        var at = time.GetTimestamp();
        await using var command = keys.Source.CreateCommand("select count from vitrine_keys.erasures");
        var count = (long)(await command.ExecuteScalarAsync(cancellation))!;
        if (_look is { } former && former.Count != count) _kept.Clear();
        _look = new(count, at);
    }

    // What was asked for before a look that found more erasures counts no more, also if it arrives after it.
    private Kept? Find(string tenant, string user) =>
        _look is { } look && time.GetElapsedTime(look.At) < Trust && _kept.TryGetValue((tenant, user), out var kept) && kept.Count == look.Count ? kept : null;

    private async Task<Kept> Ask(string tenant, string user, byte[]? fresh, CancellationToken cancellation) =>
        await TryAsk(tenant, user, fresh, cancellation) ?? throw new InvalidDataException($"The key of '{user}' of {tenant} is neither in the key database nor erased: it was lost. Restore it.");

    private async Task<Kept?> TryAsk(string tenant, string user, byte[]? fresh, CancellationToken cancellation)
    {
        var look = _look;
        await using var command = keys.Source.CreateCommand("select key, erased from vitrine_keys.subject($1, $2, $3)");
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(user);
        command.Parameters.Add(new() { Value = (object?)fresh ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation)) return null;
        var kept = new Kept(row.GetBoolean(1) ? null : new Subject(tenant, user, row.GetFieldValue<byte[]>(0)), look?.Count ?? -1);
        if (_kept.Count >= MaxKept) _kept.Clear();
        return _kept[(tenant, user)] = kept;
    }

    /// <param name="Subject">Null when the person was erased.</param>
    /// <param name="Count">The count of erasures before the key was asked for.</param>
    private sealed record Kept(Subject? Subject, long Count);

    private sealed record Look(long Count, long At);
}
