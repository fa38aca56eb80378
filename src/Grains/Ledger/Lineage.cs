using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Ledger;

/// <summary>The graph around one asset: its job and its siblings, and what it was made from, back to the first picture.</summary>
public static class Lineage
{
    /// <summary>Pictures that were made from one another, one behind the other, in one graph.</summary>
    public const int MostGenerations = 32;

    /// <param name="made">The asset with its job; then, each made into the one before, the pictures that the jobs began at.</param>
    /// <param name="brought">The inputs among the pictures and masks that the jobs name.</param>
    public static LineageView Of(IReadOnlyList<(JobView Job, AssetView Asset)> made, IReadOnlyList<InputView> brought)
    {
        var nodes = new Dictionary<string, LineageNode>(StringComparer.Ordinal);
        var edges = new List<LineageEdge>();
        string Node(string kind, string name)
        {
            var id = kind + ":" + name;
            nodes.TryAdd(id, new(id, kind, name));
            return id;
        }
        void Edge(string from, string to, string kind) => edges.Add(new(from, to, kind));

        foreach (var (job, asset) in made) Add(job, asset);
        foreach (var input in brought)
        {
            var picture = Node("input", input.Id);
            if (input.User is { } user) Edge(Node("user", user), picture, "brought");
            if (input.Manifest is { } manifest) Edge(picture, Node("manifest", manifest), "carries");
        }
        return new([.. nodes.Values], [.. edges.Distinct()]);

        void Add(JobView job, AssetView asset)
        {
            var rendering = Node("job", job.Id);
            foreach (var output in job.Assets.Any(each => each.Id == asset.Id) ? job.Assets : [asset])
            {
                var picture = Node("asset", output.Id);
                Edge(rendering, picture, "produced");
                Edge(picture, Node("manifest", output.Manifest), "carries");
                Edge(picture, Node("policy", output.PolicyDigest), "labelled_under");
            }
            if (job.User is { } user) Edge(Node("user", user), rendering, "asked_for");
            Edge(rendering, Node("key", job.Key), "asked_with");
            Edge(rendering, Node("project", job.Project), "belongs_to");
            if (job.Session is { } session) Edge(rendering, Node("session", session), "belongs_to");
            if (job.Model is not null && job.Start is not { IsRendition: true }) Edge(rendering, Node("model", $"{job.Model} {job.ModelVersion} {job.ModelDigest}"), "rendered_with");
            if (job.Device is { } device) Edge(rendering, Node("device", device), "rendered_on");
            if (job.PolicyDigest is { } policy) Edge(rendering, Node("policy", policy), "screened_under");
            if (job.Start is not { } start) return;
            Edge(rendering, Node(KindOf(start.Picture), start.Picture), "began_at");
            if (start.Mask is { } mask) Edge(rendering, Node(KindOf(mask), mask), "masked_by");
        }
    }

    private static string KindOf(string id) => InputId.TryParse(id, out _) ? "input" : "asset";
}
