namespace Vitrine.Media.Tests;

public sealed class VisibleLabelTests
{
    private const string Text = "AI生成";

    /// <summary>WCAG 2.1, 1.4.3: what small text needs.</summary>
    private const double LeastContrast = 4.5;

    public static TheoryData<int, int, string> Grounds
    {
        get
        {
            var data = new TheoryData<int, int, string>();
            foreach (var (width, height) in new[] { (64, 64), (128, 128), (512, 512), (512, 256), (1024, 1024) })
                foreach (var ground in new[] { "white", "black", "grey", "red", "checks", "noise" }) data.Add(width, height, ground);
            return data;
        }
    }

    [Theory, MemberData(nameof(Grounds))]
    public void Letters_stand_out_from_their_plate_and_the_plate_from_any_picture_also_after_low_compression(int width, int height, string ground)
    {
        var place = VisibleLabel.Place(Text, LabelCorner.TopRight, 5, width, height)!.Value;
        var labelled = VisibleLabel.Draw(Ground(ground, width, height), width, height, Text, place);

        foreach (var (format, quality) in new[] { (ImageFormat.Png, 100), (ImageFormat.Jpeg, 60), (ImageFormat.Webp, 60) })
        {
            var seen = ((DecodeResult.Decoded)ImageDecoder.Decode(ImageEncoder.Encode(labelled, width, height, format, quality))).Image.ToRgb();
            var inner = Luminances(seen, width, place.X + 3, place.Y + 3, place.Width - 6, place.Height - 6).Order().ToList();
            var (dark, light) = (inner[inner.Count / 4], inner[^(inner.Count / 20)]);
            Assert.True(Contrast(light, dark) >= LeastContrast, $"{ground} {width}x{height} {format}: letters have a contrast of {Contrast(light, dark):0.0}");
            // Whatever lies around it, either the plate or its edge is far from it.
            var edge = Luminances(seen, width, place.X + place.Width / 4, place.Y, place.Width / 2, 1).Average();
            Assert.True(Contrast(edge, dark) >= LeastContrast, $"{ground} {width}x{height} {format}: the edge has a contrast of {Contrast(edge, dark):0.0} to the plate");
        }
    }

    [Theory]
    [InlineData(128, 128)]
    [InlineData(512, 512)]
    [InlineData(1024, 512)]
    [InlineData(1024, 1024)]
    public void Letters_are_at_least_as_high_as_asked_for_and_never_too_small_to_read(int width, int height)
    {
        var place = VisibleLabel.Place(Text, LabelCorner.TopRight, 5, width, height)!.Value;
        Assert.True(place.LetterHeight >= Math.Min(width, height) * 0.05, $"{place.LetterHeight}");
        Assert.True(place.LetterHeight >= VisibleLabel.LeastReadable, $"{place.LetterHeight}");
        Assert.True(place.Width * place.Height < width * height / 8, "The label hides the picture.");
        // As drawn: rows of the plate with much light between its edges, from the top of a capital to its foot.
        var labelled = VisibleLabel.Draw(new byte[width * height * 3], width, height, "HHH", VisibleLabel.Place("HHH", LabelCorner.TopRight, 5, width, height)!.Value);
        var box = VisibleLabel.Place("HHH", LabelCorner.TopRight, 5, width, height)!.Value;
        var rows = Enumerable.Range(box.Y, box.Height).Count(y => Luminances(labelled, width, box.X + box.Width / 3, y, box.Width / 3, 1).Max() > 0.5);
        Assert.InRange(rows, Math.Min(width, height) * 0.05, box.Height);
    }

    [Theory]
    [InlineData(LabelCorner.TopRight, true, false)]
    [InlineData(LabelCorner.TopLeft, false, false)]
    [InlineData(LabelCorner.BottomRight, true, true)]
    [InlineData(LabelCorner.BottomLeft, false, true)]
    public void A_label_stands_in_its_corner_and_touches_nothing_else(LabelCorner corner, bool right, bool below)
    {
        const int Width = 320, Height = 200;
        var ground = Ground("noise", Width, Height);
        var place = VisibleLabel.Place("AI", corner, 5, Width, Height)!.Value;
        var labelled = VisibleLabel.Draw(ground, Width, Height, "AI", place);

        Assert.Equal((right, below), (place.X > Width / 2, place.Y > Height / 2));
        Assert.True(place.X >= 0 && place.Y >= 0 && place.X + place.Width <= Width && place.Y + place.Height <= Height);
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                if (x < place.X || x >= place.X + place.Width || y < place.Y || y >= place.Y + place.Height)
                    for (var i = (y * Width + x) * 3; i < (y * Width + x) * 3 + 3; i++) Assert.Equal(ground[i], labelled[i]);
        Assert.NotEqual(ground, labelled);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    [InlineData(1024, 8)]
    [InlineData(8, 1024)]
    public void A_picture_too_small_for_letters_that_can_be_read_gets_none(int width, int height) => Assert.Null(VisibleLabel.Place(Text, LabelCorner.TopRight, 5, width, height));

    [Fact]
    public void Every_size_that_holds_a_label_holds_it_whole()
    {
        for (var width = 8; width <= 256; width += 8)
            for (var height = 8; height <= 256; height += 8)
                foreach (var corner in Enum.GetValues<LabelCorner>())
                    if (VisibleLabel.Place(Text, corner, 25, width, height) is { } place)
                    {
                        Assert.True(place.X >= 0 && place.Y >= 0 && place.X + place.Width <= width && place.Y + place.Height <= height, $"{width}x{height} {corner}: {place}");
                        VisibleLabel.Draw(new byte[width * height * 3], width, height, Text, place);
                    }
    }

    [Fact]
    public void The_letters_of_the_usual_labels_can_be_drawn_and_others_are_known_not_to()
    {
        foreach (var text in new[] { "AI", "AI生成", "人工智能生成", "KI-generiert", "Généré par IA", "Creato con l'IA", "Δημιουργήθηκε", "Создано ИИ", "Wygenerowane · AI" }) Assert.True(LabelGlyphs.CanDraw(text), text);
        foreach (var text in new[] { "AI\n", "人工知能😀", "نص" }) Assert.False(LabelGlyphs.CanDraw(text), text);
    }

    private static IEnumerable<double> Luminances(byte[] rgb, int width, int x, int y, int w, int h) =>
        from row in Enumerable.Range(y, h) from column in Enumerable.Range(x, w) let i = (row * width + column) * 3 select 0.2126 * Linear(rgb[i]) + 0.7152 * Linear(rgb[i + 1]) + 0.0722 * Linear(rgb[i + 2]);

    private static double Linear(byte value) => value / 255.0 is var c && c <= 0.03928 ? c / 12.92 : Math.Pow((value / 255.0 + 0.055) / 1.055, 2.4);
    private static double Contrast(double one, double other) => (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);

    private static byte[] Ground(string name, int width, int height)
    {
        var random = new Random(5);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = name switch
            {
                "white" => 255, "black" => 0, "grey" => 118, "red" => (byte)(i % 3 == 0 ? 255 : 0),
                "checks" => (byte)((i / 3 % width / 4 + i / 3 / width / 4) % 2 * 255),
                _ => (byte)random.Next(256),
            };
        return rgb;
    }
}
