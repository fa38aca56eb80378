using System.Text.Json;

namespace Vitrine.Gateway;

/// <summary>A request body as it came, and either its JSON object or why there is none.</summary>
public sealed class JsonBody : IDisposable
{
    private readonly JsonDocument? document;

    private JsonBody(ReadOnlyMemory<byte> bytes, JsonDocument? document, ErrorAnswer? error) => (Bytes, this.document, Error) = (bytes, document, error);

    /// <summary>The body, UTF-8, at most 1 MiB; empty when it was not read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Null when <see cref="Root"/> may be used.</summary>
    public ErrorAnswer? Error { get; }

    /// <summary>A JSON object without duplicate keys, whose strings are whole Unicode and hold no NUL.</summary>
    /// <exception cref="InvalidOperationException">There is an <see cref="Error"/>.</exception>
    public JsonElement Root => document?.RootElement ?? throw new InvalidOperationException("The body was refused.");

    public void Dispose() => document?.Dispose();

    internal static JsonBody Read(ReadOnlyMemory<byte> bytes, JsonDocument document) => new(bytes, document, null);

    internal static JsonBody Refused(ErrorAnswer error) => new(default, null, error);
}
