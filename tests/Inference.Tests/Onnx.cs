using System.Text;

namespace Vitrine.Inference;

/// <summary>Writes the few messages of onnx.proto that tiny graphs need.</summary>
internal static class Onnx
{
    public const int Float = 1, Int64 = 7;

    public static byte[] Model(byte[][] inputs, byte[][] outputs, byte[][] nodes, params byte[][] constants) =>
        [
            .. Number(1, 8), // ir_version
            .. Bytes(8, [.. Text(1, ""), .. Number(2, 16)]), // opset 16
            .. Bytes(7, [.. nodes.SelectMany(n => Bytes(1, n)), .. Text(2, "tiny"), .. constants.SelectMany(c => Bytes(5, c)), .. inputs.SelectMany(i => Bytes(11, i)), .. outputs.SelectMany(o => Bytes(12, o))]),
        ];

    /// <summary>A tensor [batch, sizes…].</summary>
    public static byte[] Input(string name, int type, params int[] sizes) =>
        [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, type), .. Bytes(2, [.. Bytes(1, Text(2, "batch")), .. sizes.SelectMany(size => Bytes(1, Number(1, size)))])]))];

    public static byte[] Node(string kind, string[] inputs, string output, params (string Name, int Value)[] attributes) =>
        [.. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(4, kind), .. attributes.SelectMany(a => Bytes(5, [.. Text(1, a.Name), .. Number(3, a.Value), .. Number(20, 2)]))];

    public static byte[] Constant(string name, float value) => [.. Number(1, 1), .. Number(2, Float), .. Text(8, name), .. Bytes(9, BitConverter.GetBytes(value))];

    public static byte[] Constant(string name, params long[] values) =>
        [.. Number(1, values.Length), .. Number(2, Int64), .. Text(8, name), .. Bytes(9, [.. values.SelectMany(BitConverter.GetBytes)])];

    /// <summary>A matrix of small numbers, the same for the same seed.</summary>
    public static byte[] Weights(string name, int seed, int rows, int columns)
    {
        var random = new Random(seed);
        var bytes = new byte[4 * rows * columns];
        for (var i = 0; i < rows * columns; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), (random.NextSingle() - 0.5f) / MathF.Sqrt(rows));
        return [.. Number(1, rows), .. Number(1, columns), .. Number(2, Float), .. Text(8, name), .. Bytes(9, bytes)];
    }

    /// <summary>A vector of floats that lies in another file.</summary>
    public static byte[] External(string name, string location, int length) =>
        [.. Number(1, length), .. Number(2, Float), .. Text(8, name), .. Bytes(13, [.. Text(1, "location"), .. Text(2, location)]), .. Number(14, 1)];

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] body) => [.. Varint((ulong)field << 3 | 2), .. Varint((ulong)body.Length), .. body];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
