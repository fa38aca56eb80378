using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vitrine.Provenance.Ledger;

/// <summary><c>bundle.json</c>: what lies in the bundle. Nothing in it is believed; it only says where to look.</summary>
internal sealed record BundleIndex(string Format, string Tenant, string Asset, string Job, string? File, IReadOnlyList<BundleIndexEvent> Events, string? Manifest = null, IReadOnlyList<string>? Related = null)
{
    /// <summary>Format 1 had no openings, format 2 no manifest, no related streams and a record without approvals: what they say is read as before.</summary>
    public const string CurrentFormat = "vitrine-proof-bundle/3", SecondFormat = "vitrine-proof-bundle/2", FirstFormat = "vitrine-proof-bundle/1";

    /// <summary>Events of one bundle: a job has a dozen, and fifty attempts at most.</summary>
    public const int MaxEvents = 500;

    /// <summary>Streams besides the job's and the asset's that a bundle may have.</summary>
    public const int MaxRelated = 64;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, BundleJson.Default.BundleIndex);

    /// <summary>Null when the bytes are no index of this format.</summary>
    public static BundleIndex? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, BundleJson.Default.BundleIndex) is { Format: CurrentFormat or SecondFormat or FirstFormat, Tenant: not null, Asset: not null, Job: not null, Events: { Count: > 0 and <= MaxEvents } events } index
                && events.All(e => e?.Entry is not null && e.Proof is not null)
                && index is { Manifest: null or ProofBundle.Manifest, Related: null or { Count: <= MaxRelated } } && (index.Related?.All(stream => stream is not null) ?? true) ? index : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Entry">Name of the part with the entry.</param>
/// <param name="Salt">Base 64; null together with <paramref name="Payload"/>.</param>
/// <param name="Opening">Name of the part with what was in the payload's sealed part; null where there is none, or a person was erased.</param>
/// <param name="OpeningSalt">Base 64; null together with <paramref name="Opening"/>.</param>
internal sealed record BundleIndexEvent(string Entry, string Proof, string? Payload, string? Salt, string? Opening = null, string? OpeningSalt = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, MaxDepth = 8, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BundleIndex))]
internal sealed partial class BundleJson : JsonSerializerContext;
