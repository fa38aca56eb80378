using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The page wanted of a list that is ordered by id.</summary>
internal sealed record PageQuery(string? After, int Limit)
{
    /// <summary>Null, with the answer written, when the query cannot be taken.</summary>
    public static async Task<PageQuery?> Read(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        var page = new PageQuery(query.Name("after"), query.Limit(IMembersGrain.MaxPage));
        if (query.Error() is not { } error) return page;
        await http.Answer(error);
        return null;
    }

    public Page<TBody> Of<TView, TBody>(IReadOnlyList<TView> rows, Func<TView, TBody> body, Func<TView, string> id) =>
        new([.. rows.Select(body)], rows.Count < Limit ? null : id(rows[^1]));
}
