using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Ledger;

/// <summary>The graph around one asset, from the records of its job and its siblings.</summary>
public static class Lineage
{
    public static LineageView Of(JobView job, AssetView asset)
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

        var made = Node("job", job.Id);
        foreach (var output in job.Assets.Any(each => each.Id == asset.Id) ? job.Assets : [asset])
        {
            var picture = Node("asset", output.Id);
            Edge(made, picture, "produced");
            Edge(picture, Node("manifest", output.Manifest), "carries");
            Edge(picture, Node("policy", output.PolicyDigest), "labelled_under");
        }
        if (job.User is { } user) Edge(Node("user", user), made, "asked_for");
        Edge(made, Node("key", job.Key), "asked_with");
        Edge(made, Node("project", job.Project), "belongs_to");
        if (job.Session is { } session) Edge(made, Node("session", session), "belongs_to");
        if (job.Model is not null) Edge(made, Node("model", $"{job.Model} {job.ModelVersion} {job.ModelDigest}"), "rendered_with");
        if (job.Device is { } device) Edge(made, Node("device", device), "rendered_on");
        if (job.PolicyDigest is { } policy) Edge(made, Node("policy", policy), "screened_under");
        return new([.. nodes.Values], edges);
    }
}
