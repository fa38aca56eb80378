using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Tenants;

namespace Vitrine.Grains.Events;

/// <summary>
/// Which view stands beside which kind of stream, and the fold that makes it: the same function that the registered projection rebuilds it with, so
/// that a view written here and a view rebuilt there are equal (a test compares them).
/// </summary>
public sealed record View(Type Type, string Table, Func<object?, string, object, object?> Apply)
{
    private static readonly View Jobs = Of<JobView>("mt_doc_jobview", Job.Apply);
    private static readonly View Assets = Of<AssetView>("mt_doc_assetview", (asset, _, e) => AssetViewProjection.Fold(asset, e));
    private static readonly View Keys = Of<ApiKey>("mt_doc_apikey", ApiKey.Apply);
    private static readonly View Members = Of<Member>("mt_doc_member", Member.Apply);

    /// <summary>All views, in the order in which they are written.</summary>
    public static readonly IReadOnlyList<View> All = [Jobs, Assets, Keys, Members];

    /// <summary>The view of a stream, told by the form of its key.</summary>
    public static View Beside(string stream) =>
        stream.StartsWith("job_", StringComparison.Ordinal) ? Jobs
        : stream.StartsWith("asset_", StringComparison.Ordinal) ? Assets
        : stream.StartsWith("key/", StringComparison.Ordinal) ? Keys
        : Members;

    /// <summary>The view after these events; null when they make none.</summary>
    public object? Fold(object? before, string stream, IEnumerable<object> events) => events.Aggregate(before, (view, e) => Apply(view, stream, e));

    private static View Of<T>(string table, Func<T?, string, object, T?> apply) where T : class =>
        new(typeof(T), table, (view, stream, e) => apply((T?)view, stream, e));
}
