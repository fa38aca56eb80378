using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vitrine.Local;

/// <summary>What a developer needs to use the local platform: the content of <c>.local/dev.json</c>. It holds live keys.</summary>
/// <param name="Gateway">Base address, without a slash at its end.</param>
/// <param name="ApiKey">Key of the demo user, with the scopes generate and read.</param>
/// <param name="AdminKey">Key of the platform's root administrator.</param>
/// <param name="TrustAnchor">Path of the PEM file with the development root certificate that Content Credentials lead to.</param>
public sealed record DevelopmentAccess(
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("api_key")] string ApiKey,
    [property: JsonPropertyName("admin_key")] string AdminKey,
    [property: JsonPropertyName("tenant")] string Tenant,
    [property: JsonPropertyName("project")] string Project,
    [property: JsonPropertyName("user")] string User,
    [property: JsonPropertyName("trust_anchor")] string TrustAnchor)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Reads the file; null when it is missing or not what we would write.</summary>
    public static async Task<DevelopmentAccess?> Read(string file, CancellationToken ct)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync<DevelopmentAccess>(stream, Indented, ct);
        }
        catch (Exception unreadable) when (unreadable is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file, readable by its owner only.</summary>
    public Task Write(string file, CancellationToken ct) => PrivateFile.Write(file, JsonSerializer.Serialize(this, Indented) + "\n", ct);

    /// <summary>Keys do not belong into logs; the address tells enough.</summary>
    public override string ToString() => $"{Gateway} as {Tenant}/{Project}/{User}";
}
