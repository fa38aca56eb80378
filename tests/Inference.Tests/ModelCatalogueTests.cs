namespace Vitrine.Inference.Tests;

public sealed class ModelCatalogueTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_shipped_catalogue_is_valid_and_its_models_load()
    {
        await using var engine = Engines.AnEngine();
        await engine.Load(Engines.Sticker);
        Assert.Equal(["vitrine-sticker", "vitrine-upscale-x2", "vitrine-upscale-x4", "esrgan-slim-x2", "esrgan-slim-x4", "nsfw-mobilenet"], Engines.Shipped.Models.Select(model => model.Name));
        Assert.False(Engines.Shipped.TryGet("dall-e-3", out _));
        Assert.All(Engines.Shipped.Models, model => Assert.True(File.Exists(Path.Combine(model.Folder, "MODEL_CARD.md")), model.Name));
    }

    [Fact]
    public void All_errors_are_reported_at_once_with_their_lines()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "there"));
        folder.Write(ModelCatalogue.FileName, """
            models:
              - name: Bad Name
                version: 1.0.0
                kind: upscaler
                family: esrgan
                folder: ../elsewhere
                digest: sha256:12
                licence: MIT
                residentMiB: 0
                devices: [cpu, tpu]
                factor: 4
                colour: red
              - name: second
                version: 1.0.0
                kind: text-to-image
                family: esrgan
                folder: there
                digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
                licence: MIT
                residentMiB: 10
                devices: [cpu]
                nativeSize: 64
                prompt: { tokens: 32, pieces: words }
                steps: { default: 90, min: 1, max: 50 }
                upscalers: [none]
              - name: third
                version: 1.0.0
                kind: image-classifier
                family: esrgan
                folder: there
                digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
                licence: MIT
                residentMiB: 10
                devices: [cpu]
                labels: [Same, same, same]
              - name: fourth
                version: 1.0.0
                kind: text-to-image
                family: rectified-flow
                folder: there
                digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
                licence: MIT
                residentMiB: 10
                devices: [cpu]
                nativeSize: 64
                sizes: { min: 12, max: 2048, multiple: 12 }
                prompt: { tokens: 32, pieces: clip }
                steps: { default: 4, min: 1, max: 50 }
                guidance: { default: 2, min: 1, max: 6 }
              - name: fifth
                version: 1.0.0
                kind: upscaler
                family: esrgan
                folder: there
                digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
                licence: MIT
                residentMiB: 10
                devices: [cpu]
                priceFactor: 0
                sizes: { min: 64, max: 32, multiple: 1 }
                factor: 2
            """u8);
        var problems = Assert.Throws<CatalogueException>(() => ModelCatalogue.Load(folder.Path)).Problems;
        Assert.All(problems, problem => Assert.Equal(Path.Combine(folder.Path, "catalogue.yaml"), problem.File));
        (int Line, string Text)[] expected =
        [
            (2, "'Bad Name' is no name"), (6, "not the bare name"), (7, "a digest is"), (9, "'residentMiB' is a whole number"), (10, "not 'tpu'"), (12, "unknown field 'colour'"),
            (16, "family rectified-flow"), (23, "'pieces' is one of clip, ascii, not 'words'"), (24, "steps go min <= default <= max"), (25, "'none' is no upscaler"), (13, "'guidance' is missing"),
            (29, "family nsfw"), (35, "'Same' is no label"), (35, "the label 'same' stands twice"), (26, "'nativeSize' is missing"), (13, "'sizes' is missing"),
            (36, "'priceFactor' is missing"), (46, "'max' is a whole number from 8 to 1024, not '2048'"), (46, "sides are multiples of 8 at the least"), (60, "sizes go min <= max"),
        ];
        foreach (var (line, text) in expected)
            Assert.True(problems.Any(problem => problem.Line == line && problem.Message.Contains(text, StringComparison.Ordinal)), $"line {line}: {text}\n{string.Join('\n', problems)}");
    }

    [Fact]
    public void The_shipped_catalogue_names_the_price_and_the_sizes_of_every_model()
    {
        Assert.Equal(
            [("vitrine-sticker", 1m, "multiples of 8 from 8 to 1024"), ("vitrine-upscale-x2", 0m, "multiples of 1 from 1 to 1024"), ("vitrine-upscale-x4", 0m, "multiples of 1 from 1 to 1024"), ("esrgan-slim-x2", 0m, "multiples of 1 from 1 to 1024"), ("esrgan-slim-x4", 0m, "multiples of 1 from 1 to 1024")],
            Engines.Shipped.Models.Where(model => model.Kind != ModelKind.ImageClassifier).Select(model => (model.Name, model.PriceFactor, model.Sizes.ToString())));
        Assert.Equal((0m, 224), Engines.Shipped.Models.Where(model => model.Kind == ModelKind.ImageClassifier).Select(model => (model.PriceFactor, model.NativeSize)).Single());
    }

    [Theory]
    [InlineData("models: [", "not YAML")]
    [InlineData("", "expected one YAML document")]
    [InlineData("models: []", "'models' is a list that is not empty")]
    [InlineData("- 1", "expected a mapping")]
    [InlineData("models: [x]", "expected a mapping")]
    [InlineData("a: 1\na: 2", "not YAML")]
    public void A_file_of_another_shape_is_refused(string yaml, string message)
    {
        folder.Write(ModelCatalogue.FileName, System.Text.Encoding.UTF8.GetBytes(yaml));
        Assert.Contains(Assert.Throws<CatalogueException>(() => ModelCatalogue.Load(folder.Path)).Problems, problem => problem.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_without_a_catalogue_is_refused() => Assert.Single(Assert.Throws<CatalogueException>(() => ModelCatalogue.Load(folder.Path)).Problems);

    [Fact]
    public void An_alias_finds_its_model_and_may_be_given_once()
    {
        TinyModels.Write(folder, "tiny");
        var card = TinyModels.Card(folder, "tiny");
        Assert.True(TinyModels.Catalogue(folder, card + "    aliases: [small]\n").TryGet("small", out var found));
        Assert.Equal("tiny", found.Name);
        var error = Assert.Throws<CatalogueException>(() => TinyModels.Catalogue(folder, card + "    aliases: [tiny]\n"));
        Assert.Contains("the name 'tiny' is taken", Assert.Single(error.Problems).Message, StringComparison.Ordinal);
    }
}
