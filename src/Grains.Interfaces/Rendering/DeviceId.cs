namespace Vitrine.Grains.Interfaces;

[Alias("vitrine.DeviceKind")]
public enum DeviceKind { Cpu = 0, Cuda = 1 }

/// <summary>One accelerator of one silo: <c>silo-name:cuda0</c>. A silo that returns under its name brings the same devices back.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.DeviceId")]
public readonly record struct DeviceId([property: Id(0)] string Silo, [property: Id(1)] DeviceKind Kind, [property: Id(2)] int Ordinal)
{
    public static DeviceId Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var local = text[(colon + 1)..];
        var digits = local.AsSpan().IndexOfAnyInRange('0', '9');
        if (colon <= 0 || digits <= 0 || !Enum.TryParse<DeviceKind>(local[..digits], ignoreCase: true, out var kind) || !int.TryParse(local.AsSpan(digits), out var ordinal))
            throw new FormatException($"'{text}' is no device; 'silo:cpu0' or 'silo:cuda0' would be.");
        return new(text[..colon], kind, ordinal);
    }

    /// <summary>The part that a silo advertises in its metadata: <c>cuda0</c>.</summary>
    public string Local => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(Kind == DeviceKind.Cuda ? "cuda" : "cpu")}{Ordinal}");
    public override string ToString() => $"{Silo}:{Local}";
}

/// <summary>Jobs that share a set of devices wait in one pool.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.PoolId")]
public readonly record struct PoolId([property: Id(0)] string Value)
{
    public static readonly PoolId Main = new("main");
    public override string ToString() => Value;
}
