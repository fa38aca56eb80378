using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Quotas;

/// <summary>Reads accounts out of the job rows.</summary>
public sealed class AccountReader(NpgsqlDataSource database)
{
    /// <summary>
    /// Opens a new epoch of the account and only then folds its jobs. Any accept transaction under the old epoch has either committed before, and is
    /// in the fold, or will be fenced.
    /// </summary>
    public async Task<(long Epoch, AccountFold Fold)> Open(TenantId tenant, string account, string period, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select vitrine.open_account($1, $2)");
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(account);
        var epoch = (long)(await command.ExecuteScalarAsync(cancellation))!;
        return (epoch, await Fold(tenant, account, period, now, cancellation));
    }

    /// <summary>Whether a commit under this epoch would not be fenced now.</summary>
    public async Task<bool> IsInForce(TenantId tenant, string account, long epoch)
    {
        await using var command = database.CreateCommand("select exists (select from vitrine.account_epoch where tenant_id = $1 and account = $2 and epoch = $3)");
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(account);
        command.Parameters.AddWithValue(epoch);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The jobs of the account, summed: spent in <paramref name="period"/>, open in any, and accepted within the last minute.</summary>
    public async Task<AccountFold> Fold(TenantId tenant, string account, string period, DateTimeOffset now, CancellationToken cancellation)
    {
        var (column, name) = account switch
        {
            AccountName.Tenant => (null, null),
            _ when account.StartsWith("project/", StringComparison.Ordinal) => ("project", AccountName.NameIn(account)),
            _ => ("asker", AccountName.NameIn(account)),
        };
        var mine = column is null ? "tenant_id = $1 and $2::text is null" : $"tenant_id = $1 and {column} = $2";
        await using var batch = database.CreateBatch();
        void Add(string sql, params NpgsqlParameter[] more)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new() { Value = tenant.Value });
            command.Parameters.Add(new() { Value = (object?)name ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            foreach (var parameter in more) command.Parameters.Add(parameter);
            batch.BatchCommands.Add(command);
        }
        Add($"select coalesce(sum(settled_micro), 0)::bigint from vitrine.mt_doc_jobview where {mine} and period = $3 and settled_micro > 0", new NpgsqlParameter { Value = period });
        Add($"select id, reserved_micro, images, state, period from vitrine.mt_doc_jobview where {mine} and state in (0, 1) and period is not null");
        Add($"select submitted_at, images from vitrine.mt_doc_jobview where {mine} and period is not null and submitted_at > $3 order by submitted_at",
            new NpgsqlParameter { Value = (now - AccountBalance.RateWindow).UtcDateTime });

        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        await rows.ReadAsync(cancellation);
        var settled = new Credits(rows.GetInt64(0));
        await rows.NextResultAsync(cancellation);
        var open = new Dictionary<string, (Reservation, string)>();
        while (await rows.ReadAsync(cancellation))
            open[rows.GetString(0)] = (new Reservation(new Credits(rows.GetInt64(1)), rows.GetInt32(2), rows.GetInt32(3) == (int)JobState.Running), rows.GetString(4));
        await rows.NextResultAsync(cancellation);
        var recent = new List<(DateTimeOffset, int)>();
        while (await rows.ReadAsync(cancellation)) recent.Add((rows.GetFieldValue<DateTimeOffset>(0), rows.GetInt32(1)));
        return new AccountFold(period, settled, open, recent);
    }
}
