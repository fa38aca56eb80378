using System.Globalization;

namespace Vitrine.Gateway;

/// <summary>Width and height in pixels as clients write them: <c>512x768</c>, ASCII digits, each a multiple of 8 from 8 to 1024, or to 1280 for a clip.</summary>
public readonly record struct PictureSize(int Width, int Height)
{
    public const int Step = 8;
    public const int MaxSide = 1024;
    public const int MaxClipSide = 1280;
    public const string ClipRule = "The size of a clip is WIDTHxHEIGHT in pixels, each a multiple of 8 up to 1280, 1:1, 16:9 or 9:16, for example 480x480 or 640x360.";
    public const string Rule = "A size is WIDTHxHEIGHT in pixels, each a multiple of 8 from 8 to 1024, for example 512x512.";

    public static bool TryParse(ReadOnlySpan<char> text, out PictureSize size, int maxSide = MaxSide)
    {
        size = default;
        var x = text.IndexOf('x');
        if (x < 0 || !TrySide(text[..x], maxSide, out var width) || !TrySide(text[(x + 1)..], maxSide, out var height)) return false;
        size = new(width, height);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");

    // NumberStyles.None lets only ASCII digits through, no sign, space or full-width form; a leading zero would make two texts for one size.
    private static bool TrySide(ReadOnlySpan<char> text, int maxSide, out int side)
    {
        side = 0;
        return text is { Length: > 0 and <= 4 } && text[0] != '0' && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) &&
               side >= Step && side <= maxSide && side % Step == 0;
    }
}
