using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Provenance;

namespace Vitrine.Silo;

/// <summary>
/// The signing chains on disk: <c>root.pem</c> (anchors that our own check trusts), <c>chain.pem</c> (leaf first), <c>leaf.key</c>, for a tenant in the folder of its
/// name, for all others in the folder itself. Files that change are read again within a second, so a chain is renewed without a restart. Every root that was once in
/// <c>root.pem</c> is kept in <c>known-roots.pem</c> (those of authorities in <c>known-tsa-roots.pem</c>): what was signed under it stays trusted when it is replaced. Whoever wants that to end
/// takes it out of both.
/// </summary>
public sealed class SigningFolder(string folder, TimeProvider time, ITimeStampAuthority? timeStamps = null) : ISigningIdentities, IDisposable
{
    public const string Root = "root.pem", KnownRoots = "known-roots.pem", Chain = "chain.pem", Key = "leaf.key";

    /// <summary>Roots of time stamp authorities; and the development authority, whose key lies beside them.</summary>
    public const string TimeStampRoot = "tsa-root.pem", KnownTimeStampRoots = "known-tsa-roots.pem", TimeStampChain = "tsa.pem", TimeStampKey = "tsa.key";

    /// <summary>How old knowledge of the files may be.</summary>
    private static readonly TimeSpan fresh = TimeSpan.FromSeconds(1);

    /// <summary>Tenants remembered; beyond it all are forgotten and read again.</summary>
    private const int MostTenants = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>Opens the folder; when it holds no chain, makes a development chain and time stamp authority that nobody else trusts.</summary>
    /// <param name="timeStamps">Who attests times; null for the development authority, where its key is in the folder.</param>
    /// <exception cref="ArgumentException">The chain in the folder cannot be used.</exception>
    public static SigningFolder Open(string folder, string organisation, TimeProvider time, ITimeStampAuthority? timeStamps = null)
    {
        Directory.CreateDirectory(folder);
        string At(string name) => Path.Combine(folder, name);
        if (!File.Exists(At(Key)))
        {
            var authority = DevelopmentChain.CreateTimeStampAuthority(organisation, time.GetUtcNow());
            File.WriteAllText(At(TimeStampRoot), authority.RootPem);
            File.WriteAllText(At(TimeStampChain), authority.ChainPem);
            PrivateFile.Write(At(TimeStampKey), authority.LeafKeyPem);
            var made = DevelopmentChain.Create(organisation, time.GetUtcNow());
            File.WriteAllText(At(Root), made.RootPem);
            File.WriteAllText(At(Chain), made.ChainPem);
            // Last: where the key is, the chain is complete too.
            PrivateFile.Write(At(Key), made.LeafKeyPem);
        }
        var opened = new SigningFolder(folder, time, timeStamps);
        _ = opened.Of("");
        return opened;
    }

    /// <summary>Who attests times for the platform itself; null for nobody.</summary>
    public ITimeStampAuthority? TimeStamps => Of("").TimeStamps;

    /// <exception cref="InvalidOperationException">The tenant has a folder of its own, and the chain in it cannot be used: nobody else signs for it.</exception>
    public SigningIdentity Of(TenantId tenant) =>
        // The name becomes that of a folder.
        TenantId.TryParse(tenant.Value, out _) ? Of(tenant.Value) : throw new ArgumentException($"'{tenant}' is no tenant id.", nameof(tenant));

    private SigningIdentity Of(string tenant)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (entries.TryGetValue(tenant, out var known) && now - known.SeenAt < fresh && now >= known.SeenAt) return known.Identity ?? Of("");
            if (entries.Count >= MostTenants) entries.Clear();
            var entry = Look(tenant, known, now);
            entries[tenant] = entry;
            return entry.Identity ?? Of("");
        }
    }

    private Entry Look(string tenant, Entry? known, DateTimeOffset now)
    {
        var place = tenant.Length == 0 ? folder : Path.Combine(folder, tenant);
        if (tenant.Length > 0 && !Directory.Exists(place)) return new(null, "", now);
        var stamp = StampOf(place);
        if (known?.Identity is not null && known.Stamp == stamp) return known with { SeenAt = now };
        try
        {
            return new(Read(place), stamp, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            // Files are written one after the other, so the last chain that held together is used until the next does.
            if (known?.Identity is not null) return known with { SeenAt = now };
            throw new InvalidOperationException($"The signing chain in {place} cannot be used: {e.Message}", e);
        }
    }

    private SigningIdentity Read(string place)
    {
        // A tenant with a chain of its own may still use the authority of all.
        string? Text(string name) => new[] { place, folder }.Select(each => Path.Combine(each, name)).FirstOrDefault(File.Exists) is { } path ? File.ReadAllText(path) : null;
        var signer = new EcdsaClaimSigner(File.ReadAllText(Path.Combine(place, Chain)), File.ReadAllText(Path.Combine(place, Key)));
        if (!File.Exists(Path.Combine(place, Root))) throw new FileNotFoundException($"There is no {Root} in {place}.");
        // A root that is written before its chain, or after: what such an identity signed would not pass the check of those who have the new root alone.
        if (!TrustAnchors.FromPem(File.ReadAllText(Path.Combine(place, Root))).Reaches(signer, out var problem))
        {
            signer.Dispose();
            throw new ArgumentException($"{Chain} does not fit {Root}: {problem}");
        }
        // What a tenant had signed before it brought a chain of its own was signed by that of all.
        var (signers, authorities) = (Keep(place, Root, KnownRoots) + (place == folder ? "" : Keep(folder, Root, KnownRoots)),
            Keep(place, TimeStampRoot, KnownTimeStampRoots) + (place == folder ? "" : Keep(folder, TimeStampRoot, KnownTimeStampRoots)));
        var anchors = TrustAnchors.FromPem(signers, authorities.Length == 0 ? null : authorities);
        ITimeStampAuthority? authority = timeStamps is not null ? timeStamps
            : Text(TimeStampChain) is { } chain && Text(TimeStampKey) is { } key ? new DevelopmentTimeStampAuthority(chain, key, time) : null;
        return new(signer, anchors, authority);
    }

    /// <summary>The roots of a place as PEM, with those that stood there before; the file that keeps them is brought up to date.</summary>
    private static string Keep(string place, string current, string known)
    {
        string? Text(string name) => File.Exists(Path.Combine(place, name)) ? File.ReadAllText(Path.Combine(place, name)) : null;
        if (Text(current) is not { } roots) return Text(known) ?? "";
        var before = Text(known) ?? "";
        var kept = new HashSet<string>(before.Length == 0 ? [] : Each(before), StringComparer.Ordinal);
        var all = Each(roots).Aggregate(before, (text, root) => kept.Add(root) ? text + root : text);
        if (all.Length == before.Length) return all;
        try
        {
            // Whole or not at all: another silo may read it meanwhile.
            var draft = Path.Combine(place, $"{known}.{Environment.ProcessId}.tmp");
            File.WriteAllText(draft, all);
            File.Move(draft, Path.Combine(place, known), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that only its owner writes to: there the owner leaves the roots of before in the file of the current ones.
        }
        return all;
    }

    private static IEnumerable<string> Each(string pem)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(pem);
        return roots.Select(root => root.ExportCertificatePem() + "\n");
    }

    private string StampOf(string place) => place == folder ? StampOfFiles(place) : StampOfFiles(place) + " " + StampOfFiles(folder);

    private static string StampOfFiles(string place) => string.Join(' ',
        new[] { Root, KnownRoots, Chain, Key, TimeStampRoot, KnownTimeStampRoots, TimeStampChain, TimeStampKey }.Select(name => new FileInfo(Path.Combine(place, name)))
            .Select(file => file.Exists ? $"{file.LastWriteTimeUtc.Ticks}/{file.Length}" : "-"));

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var entry in entries.Values) (entry.Identity?.Signer as IDisposable)?.Dispose();
            entries.Clear();
        }
    }

    /// <param name="Identity">Null for a tenant without a folder of its own.</param>
    private sealed record Entry(SigningIdentity? Identity, string Stamp, DateTimeOffset SeenAt);
}
