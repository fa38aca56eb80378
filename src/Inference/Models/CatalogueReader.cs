using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Vitrine.Inference;

/// <summary>From <c>catalogue.yaml</c> to validated cards, or to all that is wrong with it.</summary>
internal static partial class CatalogueReader
{
    private const int LargestFile = 1 << 20; // A catalogue is written by hand; more than a megabyte is a mistake.

    public static IReadOnlyList<ModelCard> Read(string folder)
    {
        var problems = new List<CatalogueProblem>();
        var cards = Parse(Path.Combine(folder, ModelCatalogue.FileName), problems) is { } root ? Cards(root, folder, problems) : [];
        return problems.Count == 0 ? cards : throw new CatalogueException(problems);
    }

    private static YamlFields? Parse(string path, List<CatalogueProblem> problems)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                throw new IOException($"larger than {LargestFile >> 10} KiB.");
            using var text = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(text);
            if (yaml.Documents.Count == 1)
                return new YamlFields(path, yaml.Documents[0].RootNode, problems);
            problems.Add(new CatalogueProblem(path, 1, "expected one YAML document."));
        }
        catch (Exception bad) when (bad is YamlException or ArgumentException) // The parser lets the latter escape for some tags and escapes.
        {
            problems.Add(new CatalogueProblem(path, bad is YamlException { Start: var place } ? (int)place.Line : 0, $"not YAML: {bad.Message}"));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problems.Add(new CatalogueProblem(path, 0, unreadable.Message));
        }
        return null;
    }

    private static List<ModelCard> Cards(YamlFields root, string folder, List<CatalogueProblem> problems)
    {
        var read = root.Items("models").Select(fields => (Fields: fields, Card: Card(fields, folder))).ToList();
        root.NothingElse();

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (fields, card) in read)
        {
            foreach (var name in card.Aliases.Prepend(card.Name).Where(name => name.Length > 0 && !names.Add(name)))
                fields.Problem(name == card.Name ? "name" : "aliases", $"the name '{name}' is taken.");
            foreach (var upscaler in card.Upscalers.Where(name => !read.Exists(other => other.Card.Name == name && other.Card.Kind == ModelKind.Upscaler)))
                fields.Problem("upscalers", $"'{upscaler}' is no upscaler of this catalogue.");
        }
        return [.. read.Select(pair => pair.Card)];
    }

    private static ModelCard Card(YamlFields fields, string folder)
    {
        var kind = fields.OneOf("kind", ("text-to-image", ModelKind.TextToImage), ("upscaler", ModelKind.Upscaler), ("image-classifier", ModelKind.ImageClassifier));
        var card = new ModelCard
        {
            Name = Name(fields, "name", fields.Text("name")),
            Version = fields.Text("version"),
            Released = ReleasedOf(fields),
            Kind = kind,
            Family = fields.Text("family"),
            Folder = FolderOf(fields, folder),
            Digest = fields.Text("digest"),
            Licence = fields.Text("licence"),
            ResidentBytes = (long)fields.Whole("residentMiB", 1, 1 << 20) << 20,
            Devices = DevicesOf(fields),
            Aliases = [.. fields.Texts("aliases", optional: true).Select(alias => Name(fields, "aliases", alias))],
            PriceFactor = fields.Number("priceFactor", 0, 1_000_000),
        };
        var family = kind switch { ModelKind.TextToImage => "rectified-flow", ModelKind.Upscaler => "esrgan", _ => "nsfw" };
        if (card.Family != family)
            fields.Problem("family", $"a model of this kind is of the family {family}, not '{card.Family}'.");
        if (!DigestForm().IsMatch(card.Digest))
            fields.Problem("digest", "a digest is sha256: and 64 lower-case hexadecimal digits.");
        card = kind switch
        {
            ModelKind.TextToImage => TextToImage(fields, card),
            ModelKind.Upscaler => card with { Factor = fields.Whole("factor", 2, 8), Sizes = SizesOf(fields.Fields("sizes"), 1) },
            _ => card with { Labels = LabelsOf(fields), NativeSize = fields.Whole("nativeSize", 8, ModelCard.LargestSide) },
        };
        fields.NothingElse();
        return card;
    }

    private static ModelCard TextToImage(YamlFields fields, ModelCard card)
    {
        var prompt = fields.Fields("prompt");
        var tokens = prompt.Whole("tokens", 3, 4096);
        var pieces = prompt.OneOf("pieces", ("clip", PromptPieces.Clip), ("ascii", PromptPieces.Ascii));
        prompt.NothingElse();

        var guidance = fields.Fields("guidance");
        var range = new GuidanceRange((float)guidance.Number("default", 0, 100), (float)guidance.Number("min", 0, 100), (float)guidance.Number("max", 0, 100));
        guidance.NothingElse();
        if (range.Default < range.Min || range.Default > range.Max)
            guidance.Problem("default", "guidance goes min <= default <= max.");

        return card with
        {
            Sizes = SizesOf(fields.Fields("sizes"), ModelCard.SideMultiple),
            NativeSize = fields.Whole("nativeSize", 8, ModelCard.LargestSide),
            MaxPromptTokens = tokens,
            Pieces = pieces,
            Steps = StepsOf(fields.Fields("steps")),
            NegativePromptSteps = fields.Has("negativePromptSteps") ? StepsOf(fields.Fields("negativePromptSteps")) : null,
            Guidance = range,
            TakesPictures = File.Exists(Path.Combine(card.Folder, "vae_encoder", "model.onnx")),
            Upscalers = fields.Texts("upscalers", optional: true),
        };
    }

    private static IReadOnlyList<string> LabelsOf(YamlFields fields)
    {
        var labels = fields.Texts("labels", optional: false);
        if (labels.Count < 2 && fields.Has("labels"))
            fields.Problem("labels", "a classifier tells two or more labels apart.");
        foreach (var label in labels.Where(label => !NameForm().IsMatch(label)))
            fields.Problem("labels", $"'{label}' is no label: up to 64 lower-case letters, digits, '.', '-', beginning with a letter or digit.");
        foreach (var twice in labels.GroupBy(label => label).Where(group => group.Count() > 1))
            fields.Problem("labels", $"the label '{twice.Key}' stands twice.");
        return labels;
    }

    /// <param name="multiple">What every side must be a multiple of, at the least.</param>
    private static SideRange SizesOf(YamlFields fields, int multiple)
    {
        var range = new SideRange(fields.Whole("min", multiple, ModelCard.LargestSide), fields.Whole("max", multiple, ModelCard.LargestSide), fields.Whole("multiple", multiple, ModelCard.LargestSide));
        fields.NothingElse();
        if (range.Multiple % multiple != 0)
            fields.Problem("multiple", $"sides are multiples of {multiple} at the least.");
        if (range.Min > range.Max || !range.Has(range.Min) || !range.Has(range.Max))
            fields.Problem("min", "sizes go min <= max, and both are multiples of 'multiple'.");
        return range;
    }

    private static StepRange StepsOf(YamlFields fields)
    {
        var range = new StepRange(fields.Whole("default", 1, 1000), fields.Whole("min", 1, 1000), fields.Whole("max", 1, 1000));
        fields.NothingElse();
        if (range.Default < range.Min || range.Default > range.Max)
            fields.Problem("default", "steps go min <= default <= max.");
        return range;
    }

    private static string Name(YamlFields fields, string field, string name)
    {
        if (name.Length > 0 && !NameForm().IsMatch(name))
            fields.Problem(field, $"'{name}' is no name: up to 64 lower-case letters, digits, '.', '-', beginning with a letter or digit.");
        return name;
    }

    // A folder is one word beside the catalogue, so a card cannot point at anything else on the machine.
    private static string FolderOf(YamlFields fields, string folder)
    {
        var name = fields.Text("folder");
        var path = Path.Combine(folder, name);
        if (name.Length > 0 && !NameForm().IsMatch(name))
            fields.Problem("folder", $"'{name}' is not the bare name of a folder beside the catalogue.");
        else if (name.Length > 0 && !Directory.Exists(path))
            fields.Problem("folder", $"there is no folder '{name}' beside the catalogue.");
        return path;
    }

    private static DateOnly? ReleasedOf(YamlFields fields)
    {
        if (!fields.Has("released")) return null;
        var text = fields.Text("released");
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var day)) return day;
        if (text.Length > 0) fields.Problem("released", $"a day is written yyyy-MM-dd, not '{text}'.");
        return null;
    }

    private static List<DeviceKind> DevicesOf(YamlFields fields)
    {
        var kinds = new List<DeviceKind>();
        foreach (var word in fields.Texts("devices", optional: false))
            if (word is "cpu" or "cuda")
                kinds.Add(word == "cpu" ? DeviceKind.Cpu : DeviceKind.Cuda);
            else
                fields.Problem("devices", $"a device is cpu or cuda, not '{word}'.");
        return kinds;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,63}$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^sha256:[0-9a-f]{64}$")]
    private static partial Regex DigestForm();
}
