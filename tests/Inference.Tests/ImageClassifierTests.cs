using System.Text.Json;

namespace Vitrine.Inference.Tests;

public sealed class ImageClassifierTests
{
    private sealed record Fixture(string[] Labels, Classified[] Pictures);

    private sealed record Classified(string Kind, int Width, int Height, float[] Scores);

    private static readonly Fixture Original = JsonSerializer.Deserialize<Fixture>(File.ReadAllBytes(RepositoryFiles.Fixture("converted", "nsfw-mobilenet.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<int> Pictures => [.. Enumerable.Range(0, Original.Pictures.Length)];

    /// <summary>The fixtures are what nsfwjs' weights and resize give under TensorFlow.js (training/convert/reference.cjs).</summary>
    [Theory, MemberData(nameof(Pictures))]
    public void The_classifier_gives_what_its_original_gives(int picture)
    {
        using var classifier = ImageClassifier.Open(Engines.Shipped);
        var (kind, width, height, expected) = Original.Pictures[picture];
        var scores = classifier.Classify(IntegerPictures.Draw(kind, width, height));
        Assert.Equal(Original.Labels, scores.Select(score => score.Label));
        Assert.All(scores.Zip(expected), pair => Assert.Equal(pair.Second, pair.First.Score, 1e-3f));
        Assert.Equal(1, scores.Sum(score => score.Score), 1e-4f);
    }

    [Fact]
    public void Many_callers_at_once_get_the_answer_of_one()
    {
        using var classifier = ImageClassifier.Open(Engines.Shipped);
        var picture = IntegerPictures.Draw("weave", 64, 48);
        var alone = classifier.Classify(picture);
        var together = new IReadOnlyList<LabelScore>[16];
        Parallel.For(0, together.Length, i => together[i] = classifier.Classify(picture));
        Assert.All(together, scores => Assert.Equal(alone, scores));
    }

    [Fact]
    public async Task Disposing_waits_for_those_who_classify_and_refuses_those_who_come_later()
    {
        var classifier = ImageClassifier.Open(Engines.Shipped);
        var picture = IntegerPictures.Draw("weave", 64, 48);
        using var begun = new CountdownEvent(4);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            classifier.Classify(picture);
            begun.Signal();
            while (true) classifier.Classify(picture);
        })).ToList();
        begun.Wait();

        classifier.Dispose();

        foreach (var caller in callers) await Assert.ThrowsAsync<ObjectDisposedException>(() => caller);
    }

    [Fact]
    public void A_picture_of_one_pixel_is_classified_too()
    {
        using var classifier = ImageClassifier.Open(Engines.Shipped);
        Assert.All(classifier.Classify(new RgbImage(1, 1, [200, 10, 10])), score => Assert.InRange(score.Score, 0, 1));
    }

    [Fact]
    public void A_changed_file_and_a_catalogue_without_a_classifier_are_refused()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder, "tiny");
        Assert.Throws<ModelLoadException>(() => ImageClassifier.Open(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"))));

        folder.Write("changed/model.onnx", File.ReadAllBytes(Path.Combine(RepositoryFiles.Models, "nsfw-mobilenet", "model.onnx")));
        var catalogue = TinyModels.Catalogue(folder, """
              - name: changed
                version: 1.0.0
                kind: image-classifier
                family: nsfw
                folder: changed
                digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
                licence: MIT
                residentMiB: 1
                devices: [cpu]
                priceFactor: 0
                nativeSize: 224
                labels: [one, two]

            """);
        Assert.Throws<ModelDigestMismatchException>(() => ImageClassifier.Open(catalogue));
    }

    [Fact]
    public void A_graph_that_looks_at_another_size_than_the_catalogue_says_is_refused()
    {
        Engines.Shipped.TryGet("nsfw-mobilenet", out var card);
        Assert.Contains("299", Assert.Throws<ModelLoadException>(() => ImageClassifier.Open(card! with { NativeSize = 299 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_of_labels_than_the_graph_gives_is_no_classification()
    {
        Engines.Shipped.TryGet("nsfw-mobilenet", out var card);
        using var classifier = ImageClassifier.Open(card! with { Labels = ["one", "two"] });
        Assert.Equal(RenderFailure.NotFinite, Assert.Throws<RenderFailedException>(() => classifier.Classify(IntegerPictures.Draw("ball", 16, 16))).Reason);
    }
}
