using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>The schedulers that are known, by the class name that diffusers writes into <c>scheduler_config.json</c>.</summary>
internal static class Samplers
{
    private static readonly Dictionary<string, Func<JsonElement, ISampler>> Known = new(StringComparer.Ordinal)
    {
        ["FlowMatchEulerDiscreteScheduler"] = RectifiedFlow.Of,
    };

    /// <exception cref="InvalidDataException">The file is no configuration, or one of a scheduler or with a setting that is not known here.</exception>
    public static ISampler Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var name = document.RootElement.GetProperty("_class_name").GetString() ?? "";
            return Known.TryGetValue(name, out var of) ? of(document.RootElement)
                : throw new NotSupportedException($"the scheduler '{name}' is not known; known are {string.Join(", ", Known.Keys)}.");
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: no scheduler configuration that can be used: {bad.Message}", bad);
        }
    }
}
