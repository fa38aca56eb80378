using System.Buffers.Binary;
using System.Text;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance.C2pa.Jumbf;

/// <summary>A JUMBF box as read. A superbox has a label, a type and children; any other box has content.</summary>
internal sealed class JumbfBox
{
    private static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private JumbfBox(string code, ReadOnlyMemory<byte> bytes) => (Code, Bytes) = (code, bytes);

    /// <summary>Four-character code, <c>jumb</c> for a superbox.</summary>
    public string Code { get; }

    /// <summary>The whole box with its header.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What a box holds after its eight-byte header; for a superbox these are the bytes that a hashed URI covers.</summary>
    public ReadOnlyMemory<byte> Content => Bytes[8..];

    public bool IsSuper => Code == "jumb";

    public string Label { get; private set; } = "";

    public UInt128 Type { get; private set; }

    public List<JumbfBox> Children { get; } = [];

    /// <summary>The content of the only child of this kind, or null.</summary>
    // Without the cast null would become empty memory, by its conversion from arrays.
    public ReadOnlyMemory<byte>? OnlyContent(string code) =>
        Children.Count == 1 && Children[0].Code == code ? Children[0].Content : (ReadOnlyMemory<byte>?)null;

    /// <summary>The same superbox under another label; null when the label is too long or the box is none.</summary>
    public JumbfBox? WithLabel(string label)
    {
        if (!IsSuper) return null;
        int descriptionLength = BinaryPrimitives.ReadInt32BigEndian(Bytes.Span[8..]), oldLength = Encoding.UTF8.GetByteCount(Label);
        ReadOnlySpan<byte> old = Bytes.Span;
        byte[] name = Encoding.UTF8.GetBytes(label);
        const int LabelAt = 8 + 8 + 17;
        byte[] bytes = [.. old[..LabelAt], .. name, .. old[(LabelAt + oldLength)..]];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), descriptionLength + name.Length - oldLength);
        return TryParse(bytes, out _);
    }

    /// <summary>Reads a superbox that fills the bytes exactly. Answers null and a sentence when it does not, or when a limit is passed.</summary>
    public static JumbfBox? TryParse(ReadOnlyMemory<byte> bytes, out string problem)
    {
        int budget = ValidationLimits.Boxes;
        return TryParse(bytes, ref budget, out problem);
    }

    /// <param name="budget">How many boxes there may still be.</param>
    public static JumbfBox? TryParse(ReadOnlyMemory<byte> bytes, ref int budget, out string problem)
    {
        problem = "";
        if (bytes.Length > ValidationLimits.StoreBytes) problem = $"The store is larger than {ValidationLimits.StoreBytes} bytes.";
        else if (Parse(bytes, 0, ref budget, ref problem) is { } box)
        {
            if (box.Bytes.Length == bytes.Length && box.IsSuper) return box;
            problem = box.IsSuper ? "There are bytes behind the store." : "The store is not a superbox.";
        }
        return null;
    }

    private static JumbfBox? Parse(ReadOnlyMemory<byte> bytes, int depth, ref int budget, ref string problem)
    {
        if (depth > ValidationLimits.BoxDepth || --budget < 0)
        {
            problem = "The boxes are nested too deeply or there are too many.";
            return null;
        }
        uint length = bytes.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
        if (length < 8 || length > (uint)bytes.Length)
        {
            problem = "The length of a box does not fit into what holds it.";
            return null;
        }
        var box = new JumbfBox(Encoding.Latin1.GetString(bytes.Span.Slice(4, 4)), bytes[..(int)length]);
        if (!box.IsSuper) return box;
        ReadOnlyMemory<byte> rest = box.Content;
        bool first = true;
        while (!rest.IsEmpty)
        {
            if (Parse(rest, depth + 1, ref budget, ref problem) is not { } child) return null;
            rest = rest[child.Bytes.Length..];
            if (!first) box.Children.Add(child);
            else if (!box.TryDescribe(child, ref problem)) return null;
            first = false;
        }
        if (first) problem = "A superbox is empty.";
        return first ? null : box;
    }

    /// <summary>Reads type, toggles and label from the description box; a private salt box may follow.</summary>
    private bool TryDescribe(JumbfBox description, ref string problem)
    {
        ReadOnlySpan<byte> content = description.Content.Span;
        int end = content.Length < 18 ? -1 : content[17..].IndexOf((byte)0);
        if (description.Code != "jumd" || end < 1 || (content[16] & 0x03) != 0x03)
        {
            problem = "A superbox does not begin with a description that has a label.";
            return false;
        }
        if (end > ValidationLimits.LabelBytes)
        {
            problem = $"The label of a superbox has more than {ValidationLimits.LabelBytes} bytes.";
            return false;
        }
        Type = BinaryPrimitives.ReadUInt128BigEndian(content);
        try
        {
            Label = strictUtf8.GetString(content.Slice(17, end));
        }
        catch (DecoderFallbackException)
        {
            problem = "The label of a superbox is not UTF-8.";
            return false;
        }
        ReadOnlySpan<byte> after = content[(17 + end + 1)..];
        bool salted = (content[16] & 0x10) != 0;
        if ((content[16] & ~0x13) != 0 || salted != !after.IsEmpty || (salted && !IsSalt(after)))
        {
            problem = $"The description of the superbox '{Label}' holds something other than type, label and salt.";
            return false;
        }
        return true;
    }

    private static bool IsSalt(ReadOnlySpan<byte> box) =>
        box.Length is 24 or 40 && BinaryPrimitives.ReadUInt32BigEndian(box) == box.Length && box.Slice(4, 4).SequenceEqual("c2sh"u8);
}
