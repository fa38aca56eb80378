using System.Globalization;

namespace Vitrine.Grains.Origins;

/// <summary>PDQ hashes in PostgreSQL: each is indexed under its sixteen pieces of 16 bits, every piece tagged with its place (multi-index hashing; Norouzi, Punjani and Fleet 2012).</summary>
public static class PdqPieces
{
    private const int Pieces = 16, Bits = 16, Digits = Bits / 4;

    public const string Index = "assets_by_pdq";

    /// <summary>Applied when the views are there.</summary>
    public const string Ddl = $$"""
        create or replace function vitrine.pdq_pieces(hash text) returns integer[] language sql immutable strict parallel safe as $$
            select array(select place * 65536 + ('x' || substr(hash, 1 + 4 * place, 4))::bit(16)::integer from generate_series(0, 15) as place)
        $$;
        create index if not exists {{Index}} on vitrine.mt_doc_assetview using gin (vitrine.pdq_pieces(data ->> 'Pdq')) with (fastupdate = off);
        create index if not exists {{ByManifest}} on vitrine.mt_doc_assetview ((data ->> 'Manifest'));

        -- The picture most alike to one of these hashes. One look into the index for each piece: asked for all pieces at once, the planner takes them for most of the table and
        -- reads it whole, and the index compares each find with each piece. No pending list, which every question would read whole.
        create or replace function vitrine.alike(near integer[], hashes text[], most integer, least_quality integer) returns table (tenant_id text, id text) language sql stable
        set enable_seqscan = off set jit = off as $$
            select found.tenant_id::text, found.id::text from unnest(near) as piece,
                lateral (select a.tenant_id, a.id, a.data from vitrine.mt_doc_assetview a where vitrine.pdq_pieces(a.data ->> 'Pdq') @> array[piece] offset 0) as found,
                lateral (select min(bit_count(('x' || (found.data ->> 'Pdq'))::bit(256) # ('x' || hash)::bit(256))) as apart from unnest(hashes) as hash) as compared
            where (found.data ->> 'PdqQuality')::integer >= least_quality and apart <= most
            order by apart, found.id limit 1
        $$;
        """;

    public const string ByManifest = "assets_by_manifest";

    /// <summary>All tagged pieces that differ from a piece of these hashes in no more than one bit.</summary>
    public static int[] Near(IEnumerable<string> hashes)
    {
        var near = new HashSet<int>();
        foreach (var hash in hashes)
        {
            for (var place = 0; place < Pieces; place++)
            {
                var piece = int.Parse(hash.AsSpan(place * Digits, Digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                near.Add(place << Bits | piece);
                for (var bit = 0; bit < Bits; bit++) near.Add(place << Bits | piece ^ 1 << bit);
            }
        }
        return [.. near];
    }
}
